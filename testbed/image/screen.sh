# shellcheck shell=dash
# What the user sees: functions for init, which sources this. All goes to each of the kernel's
# consoles, and to /report/screen.txt.
consoles=$(cat /sys/class/tty/console/active)

clear_screen() { for c in $consoles; do [ "$c" != tty0 ] || printf '\033[2J\033[H' >/dev/tty0; done; }

# say TEXT ...: a line, or several if it has more than 78 characters. The last line may be one of
# progress.
say() {
	for c in $consoles; do echo "$*" | fold -s -w 78 | awk '{ printf "\r%-78s\n", $0 }' >"/dev/$c"; done
	echo "$*" >>/report/screen.txt
}

# progress TEXT ...: a line that the next one replaces.
progress() { for c in $consoles; do printf '\r%-78.78s' "$*" >"/dev/$c"; done; }

# show: what comes on stdin, a line after the other.
show() { while IFS= read -r line; do say "$line"; done; }

# screen_wait SECONDS: until Enter is pressed on the screen's keyboard, or for that long.
# shellcheck disable=SC3045 # busybox has read -t
screen_wait() { read -r -t "$1" _ </dev/tty0; }

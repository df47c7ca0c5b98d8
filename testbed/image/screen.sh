# shellcheck shell=dash
# What the user sees: functions for init, which sources this. All output goes to each of the
# kernel's consoles and to /report/screen.txt.
consoles=$(cat /sys/class/tty/console/active)

clear_screen() { for c in $consoles; do [ "$c" != tty0 ] || printf '\033[2J\033[H' >/dev/tty0; done; }

# say TEXT ...: prints a line, or several if it has more than 78 characters. It replaces a line of
# progress.
say() {
	for c in $consoles; do echo "$*" | fold -s -w 78 | awk '{ printf "\r%-78s\n", $0 }' >"/dev/$c"; done
	echo "$*" >>/report/screen.txt
}

# progress TEXT ...: prints a line that the next one replaces.
progress() { for c in $consoles; do printf '\r%-78.78s' "$*" >"/dev/$c"; done; }

# show: prints each line of stdin with say.
show() { while IFS= read -r line; do say "$line"; done; }

# screen_wait SECONDS: waits until Enter is pressed on the machine's keyboard, or for that long.
# shellcheck disable=SC3045 # busybox has read -t
screen_wait() { read -r -t "$1" _ </dev/tty0; }

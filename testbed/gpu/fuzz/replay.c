// SPDX-License-Identifier: MIT
/*
 * replay - runs a harness on files, without libFuzzer
 *
 *   replay FILE...
 *
 * Prints the number of files and exits with 0 if no file is a finding. A finding ends the process,
 * as under libFuzzer; the last name on stderr is its file. A file that takes more than 20 s of CPU
 * time or 300 s of real time is a finding.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "fuzz.h"

#define CPU_SECONDS  20
#define WALL_SECONDS 300

static void on_alarm(int sig)
{
	static const char line[] = "FINDING: does not end\n";

	(void)sig;
	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(1);
	_exit(77);
}

static void run(const char *path)
{
	const struct itimerval limit = { .it_value.tv_sec = CPU_SECONDS };
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t size;
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		fuzz_die(path);
	/* Exactly as large as the input, so that the sanitizer detects reads beyond its end. */
	data = malloc(len ? (size_t)len : 1);
	if (!data)
		fuzz_die(path);
	size = fread(data, 1, (size_t)len, f);
	if (size != (size_t)len)
		fuzz_die(path);
	fclose(f);
	fprintf(stderr, "%s\n", path);
	setitimer(ITIMER_PROF, &limit, NULL);
	alarm(WALL_SECONDS);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	int i;

	signal(SIGALRM, on_alarm);
	signal(SIGPROF, on_alarm);
	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++)
		run(argv[i]);
	printf("%d\n", argc - 1);
	return 0;
}

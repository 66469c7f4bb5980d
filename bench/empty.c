/*
 * empty.c - the least that a FastCGI program can do: what the web server's path
 * costs by itself. PULSE_THREADS threads wait for requests, as ours do.
 */
#include <fcgiapp.h>
#include <pthread.h>
#include <stdlib.h>

static void *
work(void *unused)
{
	FCGX_Request request;

	(void)unused;
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0) {
		FCGX_PutS("Content-Type: text/plain\r\n\r\nempty\n", request.out);
		FCGX_Finish_r(&request);
	}
	return NULL;
}

int
main(void)
{
	const char *threads = getenv("PULSE_THREADS");
	pthread_t thread;

	FCGX_Init();
	for (long i = threads ? strtol(threads, NULL, 10) : 4; i > 1; i--)
		pthread_create(&thread, NULL, work, NULL);
	work(NULL);
	return 0;
}

/*
 * pools.c - pulse-pools: keeps the FastCGI programs running.
 *
 * One line of its table (httpd-conf/pools.conf) a program:
 *
 *	# program   processes threads socket-or-port, nice=N, idle=SECONDS
 *	webhooks    2         4
 *	auth        1         2       nice=10
 *	authorizer  1         2       127.0.0.1:8091
 *	team        1         2       idle=300
 *
 * It opens each program's socket (PULSE_STATE_DIR/<program>.sock unless said
 * otherwise) and holds it for good, so that a connection waits in it while a
 * program is restarted, and starts the processes on it. A process that ends is
 * started again, at most once a second each. With idle= a program is started
 * when somebody connects, and ends itself when nobody has for so long: a dozen
 * programs that are asked now and then cost nothing meanwhile.
 *
 *	SIGTERM, SIGINT	stop: each process finishes what it is answering
 *	SIGHUP		restart one process after the other: no request is lost
 *
 * Only libc: it must not fail, and it costs 300 kB.
 */
#include "base.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "conf.h"
#include "log.h"
#include "text.h"

#define BACKLOG 1024
#define POOLS_MAX 32
#define PROCESSES_MAX 16
#define STOP_SECONDS 20		/* then a process that hangs is killed */

struct pool {
	char program[64], threads[8], idle[8];
	int processes, fd, nice;
	bool wanted;			/* somebody waits in the socket */
	struct {
		pid_t pid;
		int64_t started;	/* time_ticks() */
		bool restart;		/* asked to end, for a newer one */
	} slots[PROCESSES_MAX];
};

static struct pool pools[POOLS_MAX];
static size_t pool_count;
static const char *program_dir;
static bool stopping;
static int signal_fd;

static int
open_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		die("the path %s is too long for a socket", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    chmod(path, 0660) || listen(fd, BACKLOG))
		die("cannot listen on %s: %s", path, strerror(errno));
	return fd;
}

/* "127.0.0.1:8091": loopback only; the web server is on this host. */
static int
open_port(const char *where, int64_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(fd, BACKLOG))
		die("cannot listen on %s: %s", where, strerror(errno));
	return fd;
}

static int
open_socket(const char *program, const char *where)
{
	char path[PATH_MAX];
	int64_t port;

	if (!*where) {
		snprintf(path, sizeof(path), "%s/%s.sock",
			 conf_or("PULSE_STATE_DIR", "/run/pulse"), program);
		return open_unix(path);
	}
	if (*where == '/')
		return open_unix(where);
	if (strncmp(where, "127.0.0.1:", 10) ||
	    !text_to_int(where + 10, 1, 65535, &port))
		die("%s is neither a path nor 127.0.0.1:port", where);
	return open_port(where, port);
}

/* "nice=10": how far the program stands back for the others; "idle=300": how
 * many seconds it stays without being asked; else the socket, once. */
static bool
read_word(struct pool *pool, const char *word, char where[PATH_MAX])
{
	int64_t n;

	if (!strncmp(word, "nice=", 5) && text_to_int(word + 5, 0, 19, &n))
		pool->nice = (int)n;
	else if (!strncmp(word, "idle=", 5) &&
		 text_to_int(word + 5, 1, 86400, &n))
		snprintf(pool->idle, sizeof(pool->idle), "%d", (int)n);
	else if (!*where && !strchr(word, '='))
		snprintf(where, PATH_MAX, "%s", word);
	else
		return false;
	return true;
}

static void
read_line(const char *line, const char *path, int number)
{
	char program[64], where[PATH_MAX] = "", words[3][PATH_MAX];
	int processes, threads, fields;
	struct pool *pool = pools + pool_count;

	line += strspn(line, " \t");
	if (!*line || *line == '#' || *line == '\n')
		return;
	fields = sscanf(line, "%63s %d %d %4095s %4095s %4095s", program,
			&processes, &threads, words[0], words[1], words[2]);
	for (int i = 3; i < fields; i++)
		if (!read_word(pool, words[i - 3], where))
			fields = 0;
	if (fields < 3 || processes < 1 || processes > PROCESSES_MAX ||
	    threads < 1 || threads > 64 || strchr(program, '/') ||
	    pool_count == POOLS_MAX)
		die("%s:%d: not \"program processes threads [socket] "
		    "[nice=N] [idle=SECONDS]\"", path, number);
	snprintf(pool->program, sizeof(pool->program), "%s", program);
	snprintf(pool->threads, sizeof(pool->threads), "%d", threads);
	pool->processes = processes;
	pool->fd = open_socket(program, where);
	fcntl(pool->fd, F_SETFD, FD_CLOEXEC);
	pool_count++;
}

static void
read_table(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[8192];

	if (!file)
		die("cannot read %s: %s", path, strerror(errno));
	for (int number = 1; fgets(line, sizeof(line), file); number++)
		read_line(line, path, number);
	fclose(file);
	if (!pool_count)
		die("%s names no program", path);
}

/*
 * Within a session by the nice value. Between sessions, PostgreSQL's and ours,
 * Linux shares out by session (sched(7), "The autogroup feature"): so a session
 * of its own, with that session's nice value. Where the kernel has none, the
 * first is enough.
 */
static bool
stand_back(int nice)
{
	struct timespec tenth = { .tv_nsec = 100000000 };
	char number[8];
	int len = snprintf(number, sizeof(number), "%d", nice), fd;

	if (setpriority(PRIO_PROCESS, 0, nice))
		return false;
	setsid();
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	/* Linux takes ten of these a second, of all processes together. */
	for (int n = 0; n < 10 && write(fd, number, (size_t)len) < 0 &&
	     errno == EAGAIN; n++)
		nanosleep(&tenth, NULL);
	close(fd);
	return true;
}

static void
start_process(struct pool *pool, int slot)
{
	char path[PATH_MAX];
	sigset_t none;
	pid_t pid = fork();

	pool->slots[slot].started = time_ticks();
	pool->slots[slot].restart = false;
	pool->slots[slot].pid = pid > 0 ? pid : 0;
	if (pid)
		return;
	/* Without us nobody would restart or stop it: go too. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(pool->fd, STDIN_FILENO);
	if (pool->nice && !stand_back(pool->nice))
		log_line(LOG_WARN, "no lower priority", "of", pool->program,
			 "error", strerror(errno), NULL);
	setenv("PULSE_THREADS", pool->threads, 1);
	setenv("PULSE_IDLE", *pool->idle ? pool->idle : "0", 1);
	snprintf(path, sizeof(path), "%s/%s", program_dir, pool->program);
	execl(path, pool->program, (char *)NULL);
	log_line(LOG_FAIL, "cannot start a program", "path", path, "error",
		 strerror(errno), NULL);
	_exit(127);
}

static bool
may_start(const struct pool *pool, int slot)
{
	return !pool->slots[slot].pid &&
	       (!pool->slots[slot].started ||
		time_ticks() - pool->slots[slot].started > 1000000);
}

/* Start what is not running, but nothing more than once a second. */
static void
start_missing(void)
{
	for (size_t i = 0; i < pool_count && !stopping; i++) {
		if (*pools[i].idle && !pools[i].wanted)
			continue;
		for (int s = 0; s < pools[i].processes; s++)
			if (may_start(pools + i, s))
				start_process(pools + i, s);
		pools[i].wanted = false;
	}
}

static int
running_of(const struct pool *pool)
{
	int count = 0;

	for (int s = 0; s < pool->processes; s++)
		count += pool->slots[s].pid != 0;
	return count;
}

static int
running(void)
{
	int count = 0;

	for (size_t i = 0; i < pool_count; i++)
		count += running_of(pools + i);
	return count;
}

static void
note_end(pid_t pid, int status)
{
	char number[24], how[64];

	for (size_t i = 0; i < pool_count; i++)
		for (int s = 0; s < pools[i].processes; s++) {
			if (pools[i].slots[s].pid != pid)
				continue;
			pools[i].slots[s].pid = 0;
			if (stopping || pools[i].slots[s].restart ||
			    (*pools[i].idle && !status)) {
				pools[i].slots[s].started = 0;
				return;
			}
			snprintf(number, sizeof(number), "%d", pid);
			snprintf(how, sizeof(how), WIFSIGNALED(status)
				 ? "signal %d" : "status %d",
				 WIFSIGNALED(status) ? WTERMSIG(status)
				 : WEXITSTATUS(status));
			log_line(LOG_WARN, "a process ended", "of",
				 pools[i].program, "pid", number, "how", how,
				 NULL);
		}
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		note_end(pid, status);
}

/* For a signal, for somebody who connects to a program that is not there, or
 * for a second. */
static void
wait_a_moment(int *signal)
{
	struct pollfd waits[POOLS_MAX + 1] = { { signal_fd, POLLIN, 0 } };
	struct signalfd_siginfo said;

	for (size_t i = 0; i < pool_count; i++) {
		bool waits_for_him = *pools[i].idle && !stopping &&
				     !running_of(pools + i) &&
				     may_start(pools + i, 0);

		waits[i + 1] = (struct pollfd){
			waits_for_him ? pools[i].fd : -1, POLLIN, 0
		};
	}
	*signal = 0;
	if (poll(waits, pool_count + 1, 1000) > 0) {
		for (size_t i = 0; i < pool_count; i++)
			pools[i].wanted |= waits[i + 1].revents != 0;
		if (read(signal_fd, &said, sizeof(said)) == sizeof(said))
			*signal = (int)said.ssi_signo;
	}
	reap();
}

/* One process after the other ends and is replaced: the sockets stay open and
 * the others answer meanwhile. False: a signal to stop came between. */
static bool
restart_all(void)
{
	log_line(LOG_INFORM, "restarting the processes one by one", NULL);
	for (size_t i = 0; i < pool_count; i++)
		for (int s = 0; s < pools[i].processes; s++) {
			pid_t old = pools[i].slots[s].pid;
			int signal;

			if (!old)
				continue;
			pools[i].slots[s].restart = true;
			kill(old, SIGTERM);
			for (int n = 0; pools[i].slots[s].pid == old &&
			     n < STOP_SECONDS; n++) {
				wait_a_moment(&signal);
				if (signal == SIGTERM || signal == SIGINT)
					return false;
			}
			if (pools[i].slots[s].pid == old)
				kill(old, SIGKILL);
			start_missing();
		}
	return true;
}

static void
stop_all(void)
{
	int64_t patience = time_ticks() + STOP_SECONDS * INT64_C(1000000);
	int signal;

	stopping = true;
	for (size_t i = 0; i < pool_count; i++)
		for (int s = 0; s < pools[i].processes; s++)
			if (pools[i].slots[s].pid)
				kill(pools[i].slots[s].pid, SIGTERM);
	for (reap(); running() && time_ticks() < patience; )
		wait_a_moment(&signal);
	for (size_t i = 0; i < pool_count; i++)
		for (int s = 0; s < pools[i].processes; s++)
			if (pools[i].slots[s].pid)
				kill(pools[i].slots[s].pid, SIGKILL);
}

int
main(int argc, char **argv)
{
	sigset_t signals;
	int signal;

	log_init("pulse-pools");
	conf_load();
	if (argc != 3)
		die("usage: pulse-pools TABLE PROGRAM-DIRECTORY");
	program_dir = argv[2];
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	umask(0007);
	read_table(argv[1]);
	for (;;) {
		start_missing();
		wait_a_moment(&signal);
		if (signal == SIGTERM || signal == SIGINT)
			break;
		if (signal == SIGHUP && !restart_all())
			break;
	}
	stop_all();
	return 0;
}

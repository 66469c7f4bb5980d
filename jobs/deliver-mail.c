/*
 * deliver-mail.c - every minute: send what waits in the table `mail`.
 *
 * It stays for its minute and hears of each letter when that is committed, so
 * that nobody waits for cron; with --once it sends what is there and ends
 * (pulse-cron). A letter that is refused for now is tried again after 1, 2, 4,
 * … 32 minutes and is FAILED then; one that is refused for good at once. What
 * it said, with its link, is forgotten when it is sent or given up.
 *
 * A run that is killed between the server's yes and our note of it sends the
 * letter twice, with the same Message-ID.
 */
#include "base.h"

#include <poll.h>

#include "clock.h"
#include "conf.h"
#include "job.h"
#include "letters.h"
#include "log.h"
#include "mime.h"
#include "shared.h"
#include "smtp.h"

#define STAY 55			/* seconds */
#define LOOK 5			/* and look for what is due again */

static const struct statement statements[] = {
	JOB_STATEMENTS,
	{ "due", "SELECT m.id, m.recipient, m.template,"
	  " coalesce(m.args, '{}'),"
	  " extract(epoch FROM m.created_at)::bigint, h.name, h.accent"
	  " FROM mail m LEFT JOIN LATERAL letterhead(m.org_id) h ON true"
	  " WHERE m.state = 'PENDING' AND m.next_try_at <= now()"
	  " ORDER BY m.next_try_at, m.id LIMIT 20" },
	{ "sent", "UPDATE mail SET state = 'SENT', args = NULL,"
	  " last_error = NULL, tries = tries + 1, ended_at = now()"
	  " WHERE id = $1 AND state = 'PENDING'" },
	{ "later", "UPDATE mail SET tries = tries + 1, last_error = $2,"
	  " next_try_at = now() + make_interval(mins => 1 << tries),"
	  " state = CASE WHEN tries < 6 THEN state ELSE 'FAILED' END,"
	  " args = CASE WHEN tries < 6 THEN args END,"
	  " ended_at = CASE WHEN tries < 6 THEN ended_at ELSE now() END"
	  " WHERE id = $1 AND state = 'PENDING' RETURNING state" },
	{ "never", "UPDATE mail SET state = 'FAILED', args = NULL,"
	  " tries = tries + 1, last_error = $2, ended_at = now()"
	  " WHERE id = $1 AND state = 'PENDING'" },
	{ NULL }
};

struct post {
	struct smtp *smtp;
	char *name, *address;	/* whom letters are from */
	int sent, later, failed;
};

/* Send one letter of the result. */
static enum smtp_outcome
send_letter(struct post *post, const PGresult *rows, int i,
	    char words[SMTP_WORDS])
{
	const char *to = PQgetvalue(rows, i, 1), *problem = NULL;
	char id[64];
	struct letter letter;
	struct message message = {
		post->name, post->address, to, .id = id, .date = time_now()
	};
	struct text bytes = { 0 };
	enum smtp_outcome outcome = SMTP_NEVER;

	snprintf(id, sizeof(id), "pulse.%s.%s", PQgetvalue(rows, i, 0),
		 PQgetvalue(rows, i, 4));
	if (!letter_write(&letter, PQgetvalue(rows, i, 2),
			  PQgetvalue(rows, i, 3),
			  PQgetisnull(rows, i, 5) ? NULL
			  : PQgetvalue(rows, i, 5),
			  PQgetvalue(rows, i, 6), &problem)) {
		snprintf(words, SMTP_WORDS, "%s", problem);
	} else if (!address_is_safe(to)) {
		snprintf(words, SMTP_WORDS, "no server takes this address");
	} else {
		message.subject = letter.subject.data;
		message.text = letter.text.data;
		message.html = letter.html.data;
		mime_write(&bytes, &message);
		outcome = smtp_send(post->smtp, post->address, to, bytes.data,
				    bytes.len, words);
	}
	letter_release(&letter);
	text_release(&bytes);
	return outcome;
}

/* Note what became of it. */
static void
note(struct job *job, struct post *post, const char *id,
     enum smtp_outcome outcome, const char *words)
{
	PGresult *done;
	bool failed = outcome == SMTP_NEVER;

	if (outcome == SMTP_SENT) {
		done = job_ask(job, "sent", id);
		post->sent++;
		counter_add(COUNTER_MAIL_SENT, 1);
	} else if (failed) {
		done = job_ask(job, "never", id, words);
	} else {
		done = job_ask(job, "later", id, words);
		failed = PQntuples(done) &&
			 !strcmp(PQgetvalue(done, 0, 0), "FAILED");
		post->later += !failed;
		counter_add(COUNTER_MAIL_LATER, !failed);
	}
	PQclear(done);
	post->failed += failed;
	counter_add(COUNTER_MAIL_FAILED, failed);
	if (outcome != SMTP_SENT)
		log_line(failed ? LOG_FAIL : LOG_WARN, failed
			 ? "a letter was given up" : "a letter waits",
			 "mail", id, "why", words, NULL);
}

/* All that is due; false: the lease is another's. */
static bool
send_due(struct job *job, struct post *post)
{
	bool ours = true;
	int n;

	do {
		PGresult *rows = job_ask(job, "due");

		n = PQntuples(rows);
		for (int i = 0; i < n && ours; i++) {
			char words[SMTP_WORDS] = "";
			enum smtp_outcome outcome;

			ours = job_goes_on(job);
			if (!ours)
				break;
			outcome = send_letter(post, rows, i, words);
			note(job, post, PQgetvalue(rows, i, 0), outcome,
			     words);
		}
		PQclear(rows);
	} while (n && ours);
	return ours;
}

static void
listen_for(struct job *job)
{
	PQclear(PQexec(db_conn(job->db), "LISTEN mail"));
}

/* Until a letter is told of, or one may be due again; false: the minute is
 * over. */
static bool
wait_for_more(struct job *job, int64_t end)
{
	PGconn *conn = db_conn(job->db);
	struct pollfd socket = { .fd = PQsocket(conn), .events = POLLIN };
	int64_t left = (end - time_ticks()) / 1000;
	bool told = false;
	PGnotify *notice;

	if (left <= 0)
		return false;
	PQconsumeInput(conn);
	while ((notice = PQnotifies(conn))) {
		PQfreemem(notice);
		told = true;
	}
	if (!told)
		poll(&socket, 1, (int)(left < LOOK * 1000 ? left
						: LOOK * 1000));
	return true;
}

int
main(int argc, char **argv)
{
	bool once = argc > 1 && !strcmp(argv[1], "--once");
	int64_t end = time_ticks() + STAY * INT64_C(1000000);
	struct job *job = job_begin(once ? 1 : argc, argv, "job", statements,
				    120);
	const char *problem = NULL;
	struct post post = { 0 };

	if (!conf_get("SMTP_URL"))
		return job_end(job, "SMTP_URL is not set: letters wait");
	if (!mailbox_split(conf_or("MAIL_FROM", ""), &post.name,
			   &post.address))
		job_fail(job, "MAIL_FROM is not like "
			 "Pulse <pulse@example.org>");
	post.smtp = smtp_open(conf_get("SMTP_URL"), &problem);
	if (!post.smtp) {
		log_line(LOG_FAIL, "SMTP_URL cannot be used", "why", problem,
			 NULL);
		job_fail(job, "SMTP_URL is not like smtp://host:port or "
			 "smtps://host:port");
	}
	listen_for(job);
	while (send_due(job, &post) && !once && wait_for_more(job, end))
		;
	smtp_close(post.smtp);
	free(post.name);
	free(post.address);
	job_count(job, "{\"sent\":%d,\"waiting\":%d,\"given_up\":%d}", post.sent,
		  post.later, post.failed);
	return job_end(job, "sent %d letters, %d wait, %d were given up",
		       post.sent, post.later, post.failed);
}

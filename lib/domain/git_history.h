/*
 * git_history.h - read a clone's history into records.
 *
 * What a clone tells is less than GitHub knows, and some of it is inferred:
 *	- a merge "Merge pull request #7 from …", or a commit whose subject ends
 *	  in "(#7)", is pull request 7, merged at the commit's time. It counts
 *	  as opened with its first commit that is not on the main line;
 *	- a tag is a release;
 *	- an author whose address is GitHub's own "…@users.noreply.github.com"
 *	  has that login, else only a name.
 */
#ifndef PULSE_GIT_HISTORY_H
#define PULSE_GIT_HISTORY_H

#include "records.h"

/* The output of git log that git_read_commits() takes, one a commit: separated
 * by RS, its fields by US, then the output of --shortstat. */
#define GIT_LOG_FORMAT "%x1e%H%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cI%x1f%B%x1f"
/* And of git for-each-ref, one tag a line. */
#define GIT_TAG_FORMAT \
	"%(refname:short)%1f%(creatordate:iso-strict)%1f%(taggername)%1f" \
	"%(contents:subject)"

struct git_commit {
	struct commit commit;
	const char *parents[2];		/* the first two, or NULL */
	int64_t number;			/* of its pull request, JSON_NO_INT */
	bool merge, on_main;
	const char *branch;		/* merged, as the message says */
	int64_t opened_at;		/* set by git_read_commits for merges */
	struct git_commit *tip;		/* of the merged branch, or NULL */
};

struct git_history {
	struct arena *arena;
	const char *url;		/* of the repository, or NULL */
	struct git_commit *commits;	/* newest first, as git told them */
	size_t commit_count;
	struct record *records;
	size_t count;
};

/*
 * Read the outputs of git into history->records: commits, pull requests and
 * releases, each with its line of the feed. False and a sentence when the
 * text is not of the form above.
 */
bool git_read_commits(struct git_history *history, char *log, size_t len,
		      const char **problem);
bool git_read_tags(struct git_history *history, char *tags,
		   const char **problem);

/* An id for a repository that no provider numbers: of its name, positive. */
int64_t git_repository_id(const char *full_name);

#endif

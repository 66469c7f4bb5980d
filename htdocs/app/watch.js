// watch.js - notices what changes about the person himself (role, teams,
// organisation, an end of the session), and in his organisation.
//
// The server ends a live connection when its user's rights change
// (docs/live.md), so whenever one was opened anew, who he is is asked again.
// A page that is live lends its connection; for others there is a quiet one.
// Where there is none it asks each minute, and when the page is looked at again.
//
// new Watch(changed, progress): changed('members') when that list of the
// organisation is another (docs/live.md); changed(null) when any may be;
// progress({ job, runId, state, progress, message }) when a job went on.

import { Live } from './live.js';
import { loadMe } from './session.js';

const EACH = 60000, GATHER = 200;

export class Watch {
	#live = null; #quiet = null; #asked = 0; #timer = 0; #changed; #progress; #lists = new Set();

	constructor(changed, progress) {
		this.#changed = changed;
		this.#progress = progress;
		document.addEventListener('visibilitychange', () => {
			if (!document.hidden && this.#live && Date.now() - this.#asked > EACH) this.#ask();
		});
	}

	// Hear through this connection; without one, and when somebody is `here`,
	// through our own.
	follow(live, here) {
		const wanted = live || here && (this.#quiet || new Live({ quiet: true })) || null;
		if (wanted === this.#live) return;
		if (this.#quiet && wanted !== this.#quiet) {
			this.#quiet.stop();
			this.#quiet = null;
		}
		clearInterval(this.#timer);
		this.#live = wanted;
		if (!wanted) return;
		this.#asked = Date.now();
		this.#listen(wanted);
		this.#timer = setInterval(() => { if (wanted.state !== 'live') this.#ask(); }, EACH);
		if (live) return;
		this.#quiet = wanted;
		wanted.start('0');
	}

	#listen(live) {
		let opened = false;
		live.addEventListener('authenticated', () => {
			if (opened && live === this.#live) this.#ask();
			opened = true;
		});
		live.addEventListener('changed', ({ detail }) => { if (live === this.#live) this.#tell(detail.data.of); });
		live.addEventListener('job_progress', ({ detail }) => { if (live === this.#live) this.#progress(detail.data); });
	}

	// Once for what comes close together.
	#tell(list) {
		if (!this.#lists.size) setTimeout(() => {
			const lists = this.#lists.has(null) ? [null] : [...this.#lists];
			this.#lists.clear();
			lists.forEach(this.#changed);
		}, GATHER);
		this.#lists.add(list);
	}

	#ask() {
		this.#asked = Date.now();
		this.#tell(null);
		loadMe().catch(() => {});	// the next connection asks again
	}
}

// job-tabs.js - jobs, and what none of them could read: jobTabs(count) draws the
// count of dead letters as it is known, else asks.

import { h } from '../app/dom.js';
import { number } from '../app/format.js';
import { api } from '../app/session.js';
import { tabs } from './tabs.js';

export function jobTabs() {
	const count = h('span', { class: 'tag', hidden: true });
	const tell = (n) => {
		count.hidden = !n;
		count.textContent = n ? number(n) : '';
	};
	const element = tabs('Jobs and dead letters', [['/dashboard/jobs', 'Jobs'], ['/dashboard/jobs/dead-letters', 'Dead letters', count]]);
	element.tell = tell;
	if (location.pathname === '/dashboard/jobs') api('GET', '/dead-letters').then((answer) => tell(answer.count), () => {});
	return element;
}

// tabs.js - pages beside one another: tabs('Jobs', [[address, name, count], …]).

import { h } from '../app/dom.js';

export const tabs = (label, rows) => h('nav', { class: 'tabs', 'aria-label': label }, rows.map(([href, name, count]) =>
	h('a', { href, 'aria-current': location.pathname === href ? 'page' : null }, name, count)));

// format.js - moments and numbers as the person reads them: his locale and time
// zone (settings/profile), else the browser's.

import { events, me } from './session.js';

let kept = new Map();
events.addEventListener('me', () => { kept = new Map(); });

function form(name, options) {
	if (!kept.has(name)) {
		const { locale, timeZone } = me?.profile || {};
		try { kept.set(name, new Intl.DateTimeFormat(locale || undefined, { ...options, timeZone: timeZone || undefined })); }
		catch { kept.set(name, new Intl.DateTimeFormat(undefined, options)); }
	}
	return kept.get(name);
}

export const day = (moment) => form('day', { dateStyle: 'medium' }).format(new Date(moment));
export const time = (moment) => form('time', { hour: '2-digit', minute: '2-digit' }).format(new Date(moment));
export const full = (moment) => form('full', { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(moment));
export const short = (moment) => form('short', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(moment));
export const number = (n) => new Intl.NumberFormat(me?.profile?.locale || undefined).format(n);

const steps = [[60, 'second'], [60, 'minute'], [24, 'hour'], [7, 'day'], [5, 'week'], [12, 'month'], [Infinity, 'year']];

// "2 hours ago", "in 3 days"; null is never.
export function ago(moment, never = 'never') {
	if (!moment) return never;
	let gap = (new Date(moment) - Date.now()) / 1000;
	if (Math.abs(gap) < 60) return 'now';
	for (const [size, unit] of steps) {
		if (Math.abs(gap) < size) return new Intl.RelativeTimeFormat(me?.profile?.locale || 'en', { numeric: 'auto' }).format(Math.round(gap), unit);
		gap /= size;
	}
	return day(moment);
}

// What this browser calls its own zone, and all that it knows.
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
export const zones = () => [...new Set(['UTC', ownZone(), ...(Intl.supportedValuesOf?.('timeZone') || [])])];

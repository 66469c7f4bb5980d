// profile.js - what a person has set for himself; some of it at a time.

import { api, loadMe, me, user } from './session.js';
import { ownZone } from './format.js';

export const profile = () => ({ name: user.name, timeZone: ownZone(), theme: 'system', locale: navigator.language || 'en', ...me?.profile });

// Some of it changed; the rest stays as it is.
export async function profileSaved(changes) {
	if (!me?.profile) return null;
	const { name, timeZone, theme, locale } = { ...profile(), ...changes };
	await api('PUT', '/settings/profile', { name, timeZone, theme, locale });
	return loadMe();
}

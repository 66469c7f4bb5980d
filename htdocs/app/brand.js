// brand.js - an organisation's colour in place of ours, in both themes.
//
// Whatever it is, it is made readable: on white in the light theme, on the dark
// surface in the dark one. styles/tokens.css takes the names set here.

import { contrast, isColour, mixed, onColour, readable } from './contrast.js';

const grounds = { light: ['#ffffff', '#f6f7f9'], dark: ['#171c26', '#0f131b'] };

// { accent, soft, on } for a theme.
export function shades(colour, theme) {
	const [raised] = grounds[theme], share = theme === 'light' ? 0.88 : 0.8;
	let accent = readable(colour, grounds[theme]), soft = mixed(accent, raised, share);
	if (contrast(accent, soft) < 4.5) accent = readable(accent, [soft]);
	return { accent, soft, on: onColour(accent) };
}

// The address of its logo, or nothing.
export const logoOf = (branding) => branding?.logo ? `/api/v1/settings/logo/${encodeURIComponent(branding.logo)}` : null;

export function wear(branding) {
	const root = document.documentElement, colours = branding?.colours || {};
	for (const theme of ['light', 'dark']) {
		const own = colours[theme] || colours.light;
		const set = isColour(own || '') ? shades(own, theme) : { accent: '', soft: '', on: '' };
		for (const [name, value] of Object.entries(set)) root.style.setProperty(`--brand-${theme}-${name}`, value);
	}
}

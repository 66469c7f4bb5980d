// theme.js - light or dark, before the first paint. A plain script, so that it
// runs before the styles meet the page; the choice is the only thing stored.
(() => {
	const stored = () => { try { return localStorage.getItem('pulse.theme'); } catch { return null; } };
	const dark = matchMedia('(prefers-color-scheme: dark)');
	const apply = () => {
		const choice = stored() || 'system';
		document.documentElement.dataset.theme = choice === 'system' ? (dark.matches ? 'dark' : 'light') : choice;
	};
	dark.addEventListener('change', apply);
	window.pulseTheme = {
		get choice() { return stored() || 'system'; },
		set choice(value) {
			try { if (value === 'system') localStorage.removeItem('pulse.theme'); else localStorage.setItem('pulse.theme', value); } catch { /* then only for now */ }
			apply();
		},
	};
	apply();
})();

// The theme, the addresses within the page, and the start.

function startTheme() {
  const button = document.getElementById('theme');
  const themes = ['system', 'light', 'dark'];
  const set = (theme) => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
    button.dataset.now = theme;
  };
  // A page that is opened as a file may have no storage.
  const stored = (change) => { try { return change(); } catch { return null; } };
  const kept = stored(() => localStorage.getItem('davos-theme'));
  set(themes.includes(kept) ? kept : 'system');
  button.hidden = false;
  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(button.dataset.now) + 1) % themes.length];
    set(next);
    stored(() => localStorage.setItem('davos-theme', next));
  });
}

// `#/product`, `#/product/12`, `#/open/product/priority`, `#/fixed/2026-01`: each place of the page has an address.
function go() {
  if (!location.hash.startsWith('#/')) return dialog.open && dialog.close();
  const [first, second, third] = location.hash.slice(2).split('/').map(decodeURIComponent);
  if (first === 'open' && third) {
    if (dialog.open) dialog.close();
    return document.getElementById('filters') && filterBy(second, third);
  }
  if (Object.hasOwn(months, first) && /^\d{4,}-\d{2}$/.test(second || '')) return months[first](second);
  return /^\d+$/.test(second || '') ? showEvent(first, Number(second)) : showProduct(first);
}

function startAge() {
  const old = Math.floor(Date.now() / 1000) - data.now;
  if (data.now && old > 3600) document.getElementById('ago').textContent = `(${length(old)} ago)`;
  // Nothing was recorded since, but time went on.
  const late = cases.filter((one) => isLate(one, data.now + old)).length;
  const told = cases.filter((one) => isLate(one, data.now)).length;
  if (data.now && late > told) document.getElementById('by-clock').textContent = ` · by your clock ${late} past target`;
}

startTheme();
startAge();
startOpen();
startSearch();
// Long tables begin short.
for (const body of document.querySelectorAll('#answers-table tbody, #contents-table tbody')) {
  const all = [...body.rows];
  const after = el('div', { class: 'more' });
  body.closest('.scroll').after(after);
  if (all.length > FIRST_ROWS) rows(body, all, (row) => row, after, FIRST_ROWS);
}
for (const drawn of document.querySelectorAll('[data-go]')) {
  drawn.addEventListener('click', () => { location.hash = drawn.dataset.go; });
}
window.addEventListener('hashchange', go);
// The same number again: its address doesn't change, so no event comes.
document.addEventListener('click', (click) => {
  const to = click.target.closest && click.target.closest('a[href^="#/"]');
  if (to && to.getAttribute('href') === location.hash) go();
});
go();
document.documentElement.dataset.ready = 'yes';

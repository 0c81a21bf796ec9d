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
    return filterBy(second, third);
  }
  if (Object.hasOwn(months, first) && /^\d{4,}-\d{2}$/.test(second || '')) return months[first](second);
  return /^\d+$/.test(second || '') ? showEvent(first, Number(second)) : showProduct(first);
}

// Nothing was recorded since, but time went on: what the page says first is true when it is read.
function startAge() {
  const old = clock - data.now;
  if (data.now && old > 3600) document.getElementById('ago').textContent = `(${length(old)} ago)`;
  const told = document.getElementById('verdict');
  const now = counts(cases);
  const verdict = verdictOf(now);
  if (!verdict || verdict === told.textContent) return;
  told.textContent = verdict;
  document.title = `${verdict} · Security status`;
  document.getElementById('answer').className = `answer ${mood(now)}`;
  document.getElementById('by-clock').textContent = ` · by your clock; the newest event is ${length(old)} old`;
  document.querySelector('#answer .chips').replaceChildren(...chips(now, '-'));
  for (const card of document.querySelectorAll('.card[data-product]')) {
    const name = card.dataset.product;
    const its = counts(cases.filter((one) => one.product === name));
    if (!its.open) continue;
    card.className = `card ${mood(its)}`;
    card.querySelector('.state a').textContent = cardSays(its);
    card.querySelector('.chips').replaceChildren(...chips(its, name));
  }
}

function mood({ open, late }) {
  return late ? 'bad' : open ? 'fair' : 'good';
}

// The same words as in the page as it came.
function verdictOf({ open, late }) {
  if (!open) return '';
  if (!late) return open === 1 ? '1 open, within its target' : `${open} open, all within target`;
  return `${open} open, ${late} past ${late === 1 ? 'its' : 'their'} target`;
}

function cardSays({ open, late, inside }) {
  const where = inside === 0 ? '' : inside === open ? ', inside what it contains' : `, ${inside} inside what it contains`;
  return `${open} open${late ? `, ${late} late` : ''}${where}`;
}

function chips({ by }, product) {
  const ranks = by.map((_, rank) => rank).filter((rank) => by[rank]).reverse();
  return ranks.flatMap((rank) => [el('a', { class: `chip ${PRIORITIES[rank]}`, href: `#/open/${product}/${PRIORITIES[rank]}` }, el('b', {}, `${by[rank]}`), ` ${PRIORITIES[rank]}`), ' ']);
}

// Answers that ran out since the page was written come first, as the others that ran out do.
function startAnswers() {
  const body = document.querySelector('#answers-table tbody');
  if (!body) return;
  const ranOut = [...body.rows].filter((row) => {
    const until = row.querySelector('[data-label="until"] time');
    return until && Date.parse(until.dateTime) <= clock * 1000 && !row.querySelector('.late');
  });
  for (const row of ranOut.reverse()) {
    row.querySelector('[data-label="until"]').append(' ', el('b', { class: 'late' }, 'ran out'));
    body.prepend(row);
  }
}

startTheme();
startAge();
startAnswers();
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

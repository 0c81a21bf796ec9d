// Elements. Text goes in as text, never as HTML.

const dialog = document.getElementById('dialog');
const FIRST_ROWS = 20;

function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const link = (to, text) => el('a', { href: to }, text);
const eventLink = (product, seq, text) => link(`#/${product}/${seq}`, text || `event ${seq}`);

// Where the notices of each kind have a page; a team's own have none.
const PAGES = [
  [/^USN-/, 'https://ubuntu.com/security/notices/'],
  [/^GO-/, 'https://pkg.go.dev/vuln/'],
  [/^GHSA-/, 'https://github.com/advisories/'],
  [/^CVE-/, 'https://www.cve.org/CVERecord?id='],
  [/^(DSA|DLA)-/, 'https://security-tracker.debian.org/tracker/'],
  [/^[A-Z]+-/, 'https://osv.dev/vulnerability/'],
];

function noticeLink(notice) {
  const page = PAGES.find(([kind]) => kind.test(notice.id));
  if (!page) return el('b', {}, notice.id);
  return el('a', { href: page[1] + encodeURIComponent(notice.id), rel: 'noreferrer' }, notice.id);
}

function chip(priority) {
  return el('b', { class: `chip ${PRIORITIES[priority]}` }, PRIORITIES[priority]);
}

// Fills a parent with rows, some at a time: more are made at a click, and in the dialog when the end comes into view.
function rows(parent, items, make, after, first = 100) {
  let shown = 0;
  let step = first;
  parent.replaceChildren();
  after.replaceChildren();
  const button = el('button', { type: 'button' }, '');
  const more = () => {
    parent.append(...items.slice(shown, shown + step).map(make));
    shown = Math.min(items.length, shown + step);
    step = 100;
    if (shown < items.length) {
      button.textContent = `Show more (${items.length - shown} left)`;
      after.replaceChildren(button);
    } else {
      watch.disconnect();
      after.replaceChildren();
    }
  };
  const watch = new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) more(); });
  button.addEventListener('click', more);
  more();
  if (shown < items.length && dialog.contains(after)) watch.observe(button);
}

// Rows that know the names of their columns, which they show where there is no room for a table.
function labelled(columns, make) {
  return (item) => {
    const row = make(item);
    [...row.cells].forEach((cell, place) => { cell.dataset.label = columns[place]; });
    return row;
  };
}

// A table, or cards where it would be too wide.
function table(caption, columns, body) {
  const label = labelled(columns, (row) => row);
  [...body.rows].forEach(label);
  const heads = columns.map((column) => el('th', { scope: 'col' }, column));
  const whole = el('table', { class: 'cardlike' }, el('caption', {}, caption), el('thead', {}, el('tr', {}, ...heads)), body);
  return el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, whole);
}

// Where the dialog was opened from.
let from = null;

function show(title, ...children) {
  const close = el('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×');
  close.addEventListener('click', () => dialog.close());
  const heading = el('h2', { id: 'dialog-title', tabindex: '-1' }, title);
  dialog.replaceChildren(el('div', { class: 'dialog-top' }, heading, close), ...children);
  if (!dialog.open) {
    from = document.activeElement;
    dialog.showModal();
  }
  dialog.scrollTop = 0;
  heading.focus();
}

dialog.addEventListener('click', (click) => { if (click.target === dialog) dialog.close(); });
dialog.addEventListener('close', () => {
  if (location.hash.startsWith('#/')) history.pushState(null, '', `${location.pathname}${location.search}`);
  if (from && from.focus) from.focus({ preventScroll: true });
});

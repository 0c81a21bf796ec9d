// The table of open notices: filtered, sorted, and with ages by the clock of whoever reads.

const COLUMNS = {
  notice: (one) => one.notice.id.replace(/\d+/g, (number) => number.padStart(6, '0')),
  product: (one) => one.product,
  priority: (one) => -one.priority,
  packages: (one) => (one.lacking[0].length ? string(one.lacking[0][0][0]) : ''),
  age: (one) => openSince(one),
  target: (one) => data.targets[one.priority],
  event: (one) => one.opened,
};
const choice = { product: '-', priority: '-', sort: '', down: false };

// What is installed and what is needed, a line each, and what Ubuntu says of it.
function packages([some, more, proOnly, said = [], saidMore = 0]) {
  const line = ([name, have, need, pro]) => el('span', {}, el('b', {}, string(name)),
    ` ${have === null ? '' : `${string(have)} → `}${string(need)}${pro && !proOnly ? ' (Ubuntu Pro)' : ''}`);
  return [...some.map(line), more ? el('span', {}, `and ${more} more`) : null, some.length ? null : el('span', {}, 'not known'),
    proOnly ? el('span', { class: 'pro' }, 'only Ubuntu Pro has the fix') : null,
    ...said.map((words) => el('span', {}, `Ubuntu: ${string(words)}`)),
    saidMore ? el('span', {}, `and ${saidMore} more in status.json`) : null];
}

function firstFew(words) {
  return words.length > 5 ? `${words.slice(0, 5).join(', ')} and ${words.length - 5} more` : words.join(', ');
}

function openRow(one) {
  const looked = one.standing === 3 ? 'under investigation' : one.ranOut ? 'its answer ran out' : '';
  const cves = one.notice.cves.length ? el('span', { class: 'cves' }, firstFew(one.notice.cves)) : null;
  return el('tr', {},
    el('th', { scope: 'row' }, noticeLink(one.notice), el('span', {}, one.notice.title, looked ? el('i', {}, ` ${looked}`) : null), cves),
    el('td', {}, one.product, one.inside ? el('span', {}, `inside ${one.inside}`) : null),
    el('td', {}, chip(one.priority)), el('td', { class: 'wide' }, ...packages(one.lacking)),
    el('td', {}, length(clock - openSince(one)), isLate(one) ? ' ' : null, isLate(one) ? el('b', { class: 'late' }, 'late') : null),
    el('td', {}, length(data.targets[one.priority])), el('td', {}, eventLink(one.product, one.opened, `${one.opened}`)));
}

// Late ones first, then by priority and age: the order of the page as it came.
function usual(a, b) {
  return isLate(b) - isLate(a) || b.priority - a.priority || openSince(a) - openSince(b) || (a.product < b.product ? -1 : 1);
}

function drawOpen() {
  const shown = document.getElementById('open-table');
  const fits = (one) => (choice.product === '-' || one.product === choice.product) && (choice.priority === '-' || PRIORITIES[one.priority] === choice.priority);
  const some = cases.filter((one) => isOpen(one) && fits(one)).sort(usual);
  const value = COLUMNS[choice.sort];
  if (value) some.sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) * (choice.down ? -1 : 1));
  rows(shown.tBodies[0], some, labelled(Object.keys(COLUMNS), openRow), document.getElementById('open-more'), FIRST_ROWS);
  document.getElementById('open-count').textContent = `${plural(some.length, 'notice')} shown`;
  for (const head of shown.tHead.rows[0].cells) {
    const sorted = head.textContent.trim() === choice.sort;
    if (sorted) head.setAttribute('aria-sort', choice.down ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  }
}

function select(key, label, words) {
  const options = [el('option', { value: '-' }, `every ${key}`), ...words.map((word) => el('option', { value: word }, word))];
  const one = el('select', { id: `by-${key}` }, ...options);
  one.addEventListener('change', () => { choice[key] = one.value; drawOpen(); });
  return el('label', {}, `${label} `, one);
}

function filterBy(product, priority) {
  [choice.product, choice.priority] = [product, priority];
  for (const key of ['product', 'priority']) {
    const one = document.getElementById(`by-${key}`);
    if (one) one.value = choice[key];
  }
  drawOpen();
  const section = document.getElementById('open');
  section.scrollIntoView();
  const head = document.getElementById('open-title');
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
}

function startOpen() {
  const filters = document.getElementById('filters');
  const some = cases.filter(isOpen);
  document.getElementById('open-list').hidden = some.length === 0;
  document.getElementById('open-none').hidden = some.length > 0;
  const names = [...new Set(some.map((one) => one.product))].sort();
  const words = PRIORITIES.filter((word) => some.some((one) => PRIORITIES[one.priority] === word)).reverse();
  filters.append(select('product', 'Product', names), select('priority', 'Priority', words), el('span', { id: 'open-count', role: 'status', class: 'small' }));
  filters.hidden = false;
  for (const head of document.getElementById('open-table').tHead.rows[0].cells) {
    const button = el('button', { type: 'button' }, head.textContent);
    button.addEventListener('click', () => {
      const key = button.textContent.trim();
      choice.down = choice.sort === key && !choice.down;
      choice.sort = key;
      drawOpen();
    });
    head.replaceChildren(button);
  }
  drawOpen();
}

// "Are we patched against …, and since which release?"

const found = document.getElementById('found');

// Of several notices about a CVE the one that is worst settled counts, and of several that are fixed the last one.
function worst(of) {
  const byProduct = new Map();
  for (const one of of) {
    const known = byProduct.get(one.product);
    const worse = !known || one.standing > known.standing || (one.standing === known.standing && one.seq > known.seq);
    if (worse) byProduct.set(one.product, one);
  }
  return [...byProduct.values()].sort((a, b) => b.standing - a.standing || (a.product < b.product ? -1 : 1));
}

function standing(one) {
  const mood = one.standing > 2 ? 'bad' : one.standing === 2 ? 'fair' : 'good';
  return el('li', { class: mood }, el('b', {}, one.product), `: ${stands(one)} (`, eventLink(one.product, one.seq), ')');
}

function hit(notice, alone) {
  const after = el('div');
  const where = el('ul', { class: 'stands' });
  if (alone !== true) rows(where, worst(notice.cases), standing, after);
  const cves = notice.cves.length > 4 ? `${notice.cves.slice(0, 4).join(', ')} and ${notice.cves.length - 4} more` : notice.cves.join(', ');
  return el('li', {}, el('p', {}, noticeLink(notice), ` ${notice.title} `, chip(notice.priority), el('span', { class: 'small' }, ` ${cves}`)), where, after);
}

function find(query) {
  const asked = query.trim();
  if (!asked) return found.replaceChildren();
  const id = asked.toUpperCase();
  const known = byCve.get(id) || (byId.has(id) ? [byId.get(id)] : null);
  if (known) {
    const answers = worst(known.flatMap((notice) => notice.cases));
    const done = answers.every((one) => !isOpen(one));
    const settled = answers.every((one) => one.standing === FIXED) ? 'patched' : 'settled';
    const verdict = done ? `${settled} everywhere it was seen` : `still open in ${plural(answers.filter(isOpen).length, 'product')}`;
    const head = el('h3', { class: done ? 'good' : 'bad' }, `${id}: ${verdict}`);
    const where = el('ul', { class: 'stands' });
    const after = el('div');
    found.replaceChildren(head, where, after, el('ul', { class: 'hits' }, ...known.map((notice) => hit(notice, known.length === 1))));
    return rows(where, answers, standing, after);
  }
  const words = asked.toLowerCase().split(/\s+/);
  const hits = notices.filter((notice) => words.every((word) => notice.words.includes(word)));
  const whole = /^(CVE-\d{4}-\d{4,}|USN-\d+-\d+)$/.test(id);
  const none = whole ? `No log holds ${id}: no notice about it was ever put before a team.` : 'Nothing is called so.';
  const head = el('h3', {}, hits.length ? plural(hits.length, 'notice') : none);
  const all = el('ul', { class: 'hits' });
  const after = el('div');
  found.replaceChildren(head, all, after);
  return rows(all, hits.reverse().slice(0, 1000), hit, after);
}

function startSearch() {
  const search = document.getElementById('search');
  const input = document.getElementById('q');
  let waiting = 0;
  search.hidden = false;
  search.querySelector('form').addEventListener('submit', (submit) => { submit.preventDefault(); find(input.value); });
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => find(input.value), 80);
  });
}

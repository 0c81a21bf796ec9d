// The data of the page, and what its numbers stand for.

const data = JSON.parse(document.getElementById('data').textContent);
const PRIORITIES = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'];
const STANDINGS = ['not affected', 'fixed', 'affected', 'under investigation', 'open'];
const FIXED = 1;
const string = (place) => (place === null || place === undefined ? '' : data.strings[place]);

// What is nowhere else: the notices by id and by CVE, the products by name.
const notices = data.notices.map(([id, title, published, priority, cves]) => ({
  id, title: string(title), published, priority, cves: cves.map(string), cases: [],
}));
const products = new Map(data.products.map((product) => [product.name, product]));
const byId = new Map(notices.map((notice) => [notice.id, notice]));
const byCve = new Map();
for (const notice of notices) {
  for (const cve of notice.cves) byCve.set(cve, (byCve.get(cve) || []).concat(notice));
}
const cases = [];
for (const product of data.products) {
  for (const [place, standing, seq, since, priority, opened, spans, events, took] of product.cases) {
    const one = {
      product: product.name, notice: notices[place], standing, seq, since: string(since), priority, opened, spans, events, took,
    };
    cases.push(one);
    notices[place].cases.push(one);
  }
}
for (const notice of notices) notice.words = `${notice.id} ${notice.title} ${notice.cves.join(' ')}`.toLowerCase();

const noticeOf = (named) => (typeof named === 'number' ? notices[named] : { id: named, title: '', cves: [], cases: [] });
const isOpen = (one) => one.standing > 2;
const openSince = (one) => one.spans[one.spans.length - 2];
const isLate = (one, now) => isOpen(one) && now - openSince(one) > data.targets[one.priority];
const month = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 7);

function day(seconds) {
  const when = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' };
  return new Date(seconds * 1000).toLocaleDateString('en-GB', when);
}

function moment(seconds) {
  return `${day(seconds)}, ${new Date(seconds * 1000).toISOString().slice(11, 16)} UTC`;
}

function length(seconds) {
  const hours = Math.floor(seconds / 3600);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

// Where a product stands with a notice, in words.
function stands(one) {
  if (one.standing === FIXED) return `fixed since ${one.since}`;
  if (one.standing === 2) return 'affected, left open by an answer';
  return STANDINGS[one.standing];
}

// What an event says, in one line.
function says(event) {
  const [kind] = event;
  if (kind === 0) {
    const { id, title } = noticeOf(event[3]);
    return event[8] === null ? `${id} was opened: ${title}` : `${id} was fixed before it was seen, in ${string(event[8])}: ${title}`;
  }
  if (kind === 1) return `${noticeOf(event[3]).id} was answered: ${string(event[4]).replace(/_/g, ' ')}`;
  const [, , , version, fixed, , open] = event;
  return `Release ${string(version)}: ${plural(fixed.length, 'notice')} fixed, ${open.length} open`;
}

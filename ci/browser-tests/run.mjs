// Opens the status pages in a real browser and tries what a reader would: node run.mjs CHROMIUM PAGES SCREENSHOTS

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer from 'puppeteer-core';

const [chromium, pages, screenshots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true };
mkdirSync(screenshots, { recursive: true });

const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--force-color-profile=srgb'],
});

// A page on which any error, message or request of its own fails the run.
async function open(name, viewport, scheme, script = true) {
  const page = await browser.newPage();
  const wrong = [];
  page.on('console', (message) => wrong.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  const address = pathToFileURL(resolve(pages, name, 'status.html')).href;
  page.on('request', (request) => {
    const url = request.url();
    if (url.split('#')[0] !== address && !url.startsWith('data:')) wrong.push(`request: ${url}`);
  });
  await page.setViewport(viewport);
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
  const started = performance.now();
  await page.goto(address, { waitUntil: 'load' });
  if (script) await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes');
  const took = performance.now() - started;
  return { page, wrong, took, address };
}

const text = (page, selector) => page.$eval(selector, (element) => element.textContent);
const shot = (page, name, fullPage = false) => page.screenshot({ path: join(screenshots, `${name}.png`), fullPage });

// What axe finds serious or critical. It runs beside the page's own policy, which allows no other script.
async function accessible(page, what) {
  await page.evaluate(axe);
  const results = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const grave = results.violations.filter((found) => ['serious', 'critical'].includes(found.impact));
  const told = grave.map((found) => `${found.id}: ${found.help}\n${found.nodes.slice(0, 4).map((node) => `    ${node.html}\n    ${node.failureSummary}`).join('\n')}`);
  assert.deepEqual(told, [], `axe on ${what}:\n${told.join('\n')}`);
}

async function type(page, query) {
  await page.$eval('#q', (input) => { input.value = ''; });
  await page.type('#q', query);
  await page.waitForFunction(() => document.querySelector('#found h3'));
  await new Promise((done) => setTimeout(done, 150));
}

async function readThrough(name) {
  const { page, wrong, took } = await open(name, WIDE, 'light');
  const status = JSON.parse(readFileSync(resolve(pages, name, 'status.json'), 'utf8'));
  console.log(`${name}: ${(readFileSync(resolve(pages, name, 'status.html')).length / 1e6).toFixed(2)} MB, ready after ${took.toFixed(0)} ms`);
  await shot(page, `${name}-light`);
  await shot(page, `${name}-light-whole`, true);
  await accessible(page, `${name}, light`);

  // The search: a CVE that a release fixes.
  const [cve, entry] = Object.entries(status.cves).find(([, one]) => Object.values(one.products).some((stand) => stand.status === 'fixed'));
  const [product, stand] = Object.entries(entry.products).find(([, one]) => one.status === 'fixed');
  await type(page, cve.toLowerCase());
  const found = await text(page, '#found');
  assert.ok(found.includes(`${product}: fixed since ${stand.since} (event ${stand.seq})`), found);
  await accessible(page, `${name}, search`);
  await shot(page, `${name}-search`);
  for (const [id, one] of Object.entries(status.cves).slice(0, 40)) {
    await page.evaluate((query) => { document.getElementById('q').value = query; document.querySelector('#search form').requestSubmit(); }, id);
    const said = await page.$$eval('#found > .stands li', (items) => items.map((item) => item.textContent));
    const expected = Object.entries(one.products).filter(([, at]) => at.status === 'fixed').map(([name, at]) => `${name}: fixed since ${at.since} (event ${at.seq})`);
    for (const line of expected) assert.ok(said.includes(line), `${id}: ${line} is not in ${said}`);
    assert.equal(said.length, Object.keys(one.products).length, id);
  }
  await type(page, 'CVE-1999-99999');
  assert.match(await text(page, '#found'), /No log holds CVE-1999-99999/);

  // From the answer down to the event.
  await type(page, cve);
  await page.click('#found .stands a');
  await page.waitForSelector('dialog[open]');
  assert.match(await text(page, '#dialog-title'), /, event \d+$/);
  const first = await page.$('dialog .fixes summary');
  if (first) {
    await first.click();
    await page.waitForSelector('dialog .fixes details[open] p');
  }
  await accessible(page, `${name}, event`);
  await shot(page, `${name}-event`);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('dialog').open);
  await page.$$eval('.card .small a', (links) => links[0].click());
  await page.waitForSelector('dialog[open] tbody tr');
  await page.$eval('dialog tbody a', (one) => one.click());
  await page.waitForFunction(() => /, event \d+$/.test(document.querySelector('#dialog-title').textContent));
  await page.keyboard.press('Escape');

  // The figures lead to their events.
  for (const to of ['released', 'waiting', 'fixed']) {
    const link = await page.$(`figure a[href^="#/${to}/"]`);
    if (!link) continue;
    const count = Number(await link.evaluate((one) => one.textContent));
    await link.evaluate((one) => one.click());
    await page.waitForSelector('dialog[open]');
    const rows = await page.$$eval('dialog tbody tr', (all) => all.length);
    assert.equal(rows, Math.min(count, 100), `${to}: ${rows} rows for ${count}`);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => !document.querySelector('dialog').open);
  }

  // The filters and the order of what is open.
  if (status.open.total > 0) {
    const rows = () => page.$$eval('#open-table tbody tr', (all) => all.length);
    assert.equal(await rows(), Math.min(status.open.total, 20));
    const [priority] = Object.entries(status.open.by_priority).find(([, count]) => count > 0);
    await page.select('#by-priority', priority);
    assert.equal(await rows(), Math.min(status.open.by_priority[priority], 20));
    await page.select('#by-priority', '-');
    await page.click('#open-table thead th:nth-child(4) button');
    assert.equal(await page.$eval('#open-table thead th:nth-child(4)', (head) => head.getAttribute('aria-sort')), 'ascending');
    const chips = await page.$('.card .chips a');
    await chips.evaluate((one) => one.click());
    await page.waitForFunction(() => document.querySelector('#by-product').value !== '-');
    await accessible(page, `${name}, filtered`);
  }

  // The theme stays as it was chosen.
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.click('#theme');
  await page.click('#theme');
  assert.notEqual(await paper(), light, 'the theme changes');
  assert.deepEqual(wrong, [], name);
  await page.evaluate(() => localStorage.clear());
  await page.close();

  const dark = await open(name, WIDE, 'dark');
  await shot(dark.page, `${name}-dark`);
  await accessible(dark.page, `${name}, dark`);
  assert.deepEqual(dark.wrong, [], `${name}, dark`);
  await dark.page.close();

  const phone = await open(name, PHONE, 'light');
  await shot(phone.page, `${name}-phone`);
  await shot(phone.page, `${name}-phone-whole`, true);
  const wide = await phone.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing is wider than a phone');
  await accessible(phone.page, `${name}, phone`);
  const { address } = phone;
  await phone.page.goto(`${address}#/${product}/${stand.seq}`);
  await phone.page.waitForSelector('dialog[open]');
  await shot(phone.page, `${name}-phone-event`);
  assert.deepEqual(phone.wrong, [], `${name}, phone`);
  await phone.page.close();

  const bare = await open(name, WIDE, 'light', false);
  await shot(bare.page, `${name}-without-script`);
  assert.deepEqual(bare.wrong, [], `${name}, without a script`);
  await bare.page.close();
}

try {
  for (const name of ['real', 'large']) await readThrough(name);
  console.log('The pages are well.');
} finally {
  await browser.close();
}

// The pages of the release build, as tables: what each loads first, and Lighthouse's figures of three.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import lighthouse from 'lighthouse';
import { PASSWORD, cli, start } from './server.mjs';

const PAGES = { 'log-in': '/login', templates: '/p/default/templates', 'a template': '/p/default/templates/core_values' };
const PORT = 9_333;
// One run tells as much of what else the machine did meanwhile as of the page.
const RUNS = 5;

// What a page may load before the editor or a chart is opened, in kB.
const BUDGET = 350;
const LOADS = {
  'log-in': '/login', home: '/p/default', templates: '/p/default/templates', 'a template': '/p/default/templates/core_values',
  'a comparison': '/p/default/templates/core_values/diff', executions: '/p/default/executions', audit: '/p/default/audit',
  people: '/p/default/settings/users', keys: '/p/default/settings/keys', sessions: '/p/default/settings/sessions',
  files: '/p/default/settings/files', 'rules of lint': '/p/default/settings/lint', changes: '/p/default/changes', 'label policies': '/p/default/settings/policies', 'a change request': '/p/default/changes/1', 'a merge': '/p/default/templates/core_values/merge',
  'the effective text': '/p/default/templates/core_values/effective', dependencies: '/p/default/templates/core_values/graph',
  'the editor': '/p/default/templates/core_values/edit',
};

// Bytes of all wasm and scripts as they are sent, without headers, until nothing more is asked for; those of workers too.
async function firstLoad(url, cookie) {
  const context = await browser.newContext({ extraHTTPHeaders: { cookie } });
  const page = await context.newPage();
  const code = [];
  context.on('requestfinished', (request) => { if (/\.(wasm|js|pack)$/.test(request.url())) code.push(request.sizes()); });
  // Who else is there is told for as long as the page is open.
  await page.route('**/presence?*', (route) => route.abort());
  await page.goto(url, { waitUntil: 'networkidle' });
  const sizes = await Promise.all(code);
  await context.close();
  return [sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0) / 1_000, code.length];
}

const folder = mkdtempSync(join(tmpdir(), 'promptory-lighthouse-'));
cli(folder, ['user', 'create', 'ada@example.com', '--role', 'super_admin'], PASSWORD);
const server = await start(folder);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', `--remote-debugging-port=${PORT}`],
});
try {
  const origin = server.url;
  const reply = await fetch(`${origin}/login`, {
    method: 'POST', redirect: 'manual', headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: 'ada@example.com', password: PASSWORD, next: '/' }),
  });
  const cookie = reply.headers.get('set-cookie').split(';')[0];
  console.log(`\n| first load (bar ${BUDGET} kB) | wasm and scripts | files |\n|---|---|---|`);
  for (const [name, path] of Object.entries(LOADS)) {
    const [size, files] = await firstLoad(origin + path, cookie);
    const isOver = size > BUDGET && name !== 'the editor';
    if (isOver) process.exitCode = 1;
    console.log(`| ${name} | ${size.toFixed(1)} kB${isOver ? ', over the bar' : ''} | ${files} |`);
  }
  console.log(`\n| Lighthouse, mobile settings, median of ${RUNS} | performance | accessibility | largest paint | blocking time |\n|---|---|---|---|---|`);
  for (const [name, path] of Object.entries(PAGES)) {
    const flags = { port: PORT, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility'], extraHeaders: { cookie } };
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push((await lighthouse(origin + path, flags)).lhr);
    const median = (of) => runs.map(of).sort((a, b) => a - b)[RUNS >> 1];
    const score = (id) => median((lhr) => Math.round(lhr.categories[id].score * 100));
    const took = (id) => median((lhr) => lhr.audits[id].numericValue);
    const paint = (took('largest-contentful-paint') / 1_000).toFixed(1);
    console.log(`| ${name} | ${score('performance')} | ${score('accessibility')} | ${paint} s | ${Math.round(took('total-blocking-time'))} ms |`);
    const [{ audits, categories }] = runs;
    const failed = Object.values(audits).filter((a) => a.score === 0 && categories.accessibility.auditRefs.some((r) => r.id === a.id && r.weight > 0));
    for (const audit of failed) console.log(`  ${name}: ${audit.id}: ${audit.title}`);
  }
} finally {
  await browser.close();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}

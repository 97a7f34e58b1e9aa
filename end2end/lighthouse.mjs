// Lighthouse of three pages of the release build: performance and accessibility, as a table.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import lighthouse from 'lighthouse';
import { PASSWORD, cli, start } from './server.mjs';

const PAGES = { 'log-in': '/login', templates: '/p/default/templates', 'a template': '/p/default/templates/core_values' };
const PORT = 9_333;

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
  console.log('\n| Lighthouse, mobile settings | performance | accessibility | largest paint | blocking time |\n|---|---|---|---|---|');
  for (const [name, path] of Object.entries(PAGES)) {
    const flags = { port: PORT, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility'], extraHeaders: { cookie } };
    const { lhr } = await lighthouse(origin + path, flags);
    const score = (id) => Math.round(lhr.categories[id].score * 100);
    const shown = (id) => lhr.audits[id].displayValue;
    console.log(`| ${name} | ${score('performance')} | ${score('accessibility')} | ${shown('largest-contentful-paint')} | ${shown('total-blocking-time')} |`);
    const failed = Object.values(lhr.audits).filter((a) => a.score === 0 && lhr.categories.accessibility.auditRefs.some((r) => r.id === a.id && r.weight > 0));
    for (const audit of failed) console.log(`  ${name}: ${audit.id}: ${audit.title}`);
  }
} finally {
  await browser.close();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}

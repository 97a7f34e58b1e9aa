// How fast the editor answers, as a table: the engine's worker alone, and from a key to what it changed on the screen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { withEngine } from './engine.mjs';
import { rest } from './rest.mjs';
import { PASSWORD, cli, start } from './server.mjs';

const ROUNDS = 200;
const KEYS = 120;

const PART = `You are a careful assistant of {{ organisation }}. Explain {{ kpi_name }} to {{ user_name }} in plain words.
{% if tone == "formal" %}Keep a formal tone.{% else %}Keep a friendly tone.{% endif %}
{% for item in items %}- {{ item }}: compare it with the month before.
{% endfor %}
`;
const text = PART.repeat(Math.ceil(4_096 / PART.length)).slice(0, 4_096).replace(/{[%{][^}]*$/, '').replace(/{% (if|for)(?![\s\S]*{% end)[\s\S]*$/, '');
const parameter = (name) => ({ name, type: 'string', required: true, default: undefined, description: `the ${name}` });
const parameters = [...['organisation', 'kpi_name', 'user_name', 'tone'].map(parameter), { name: 'items', type: 'array', required: true, max: 20 }];
const variables = { organisation: 'Example', kpi_name: 'Revenue', user_name: 'Ada', tone: 'formal', items: ['a', 'b', 'c', 'd'] };

const sorted = (all) => [...all].sort((a, b) => a - b);
const row = (what, times, bar) => {
  const all = sorted(times);
  const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))].toFixed(1);
  console.log(`| ${what} | ${at(0.5)} ms | ${at(0.95)} ms | ${bar} |`);
};

// The engine's own questions, one after the other, through the worker.
const roundTrips = (page, name, argument) =>
  page.evaluate(async ([name, argument, rounds]) => {
    const times = [];
    for (let i = 0; i < rounds + 20; i++) {
      const begin = performance.now();
      await window.askEngine(name, argument);
      if (i >= 20) times.push(performance.now() - begin);
    }
    return times;
  }, [name, argument, ROUNDS]);

// From each key's own time to the frame after the one that shows the new preview.
async function keys(page) {
  await page.evaluate(() => {
    window.typed = [];
    let begin;
    addEventListener('keydown', (event) => { begin ??= event.timeStamp; }, true);
    const seen = new MutationObserver(() => {
      if (begin === undefined) return;
      const own = begin;
      begin = undefined;
      requestAnimationFrame(() => setTimeout(() => window.typed.push(performance.now() - own)));
    });
    seen.observe(document.querySelector('[aria-label="Rendered messages"]'), { subtree: true, childList: true, characterData: true });
  });
  for (let i = 0; i < KEYS; i++) {
    const before = await page.evaluate(() => window.typed.length);
    await page.keyboard.press('x');
    await page.waitForFunction((n) => window.typed.length > n, before);
    await page.waitForTimeout(120);
  }
  return page.evaluate(() => window.typed);
}

const folder = mkdtempSync(join(tmpdir(), 'promptory-typing-'));
cli(folder, ['user', 'create', 'super_admin@example.com', '--role', 'super_admin'], PASSWORD);
const server = await start(folder);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update'],
});
try {
  const call = await rest(server.url);
  await call('POST', '/admin/prompts/templates', { name: 'typing', display_name: 'Typing', kind: 'single_shot', template_text: text, parameters });
  const page = await browser.newPage({ baseURL: server.url, viewport: { width: 1440, height: 900 } });
  const form = { email: 'super_admin@example.com', password: PASSWORD, next: '/livez' };
  await page.request.post('/login', { form, headers: { 'sec-fetch-site': 'same-origin' } });
  await page.goto('/p/default/templates/typing/edit');
  const lines = page.locator('.code-editor .view-lines').first();
  await lines.waitFor();
  await withEngine(page);
  for (const [name, value] of Object.entries(variables)) {
    const hidden = page.locator(`input[name$="[name]"][value="${name}"][name^="form[variables]"]`);
    const field = page.locator('.variable').filter({ has: hidden }).locator('[name$="[value]"]');
    await field.evaluate((area, value) => {
      area.value = value;
      area.dispatchEvent(new Event('input', { bubbles: true }));
    }, typeof value === 'string' ? value : JSON.stringify(value));
  }
  await page.getByRole('region', { name: 'Rendered messages' }).getByText('Ada').first().waitFor();
  console.log(`\n| typing in a template of ${text.length} bytes | median | 95 % | bar |\n|---|---|---|---|`);
  const content = { messages: [{ role: 'system', content: text }], parameters, config: {} };
  const asked = { key: 'typing', content, variables, callers: parameters, model: 'gpt-4.1' };
  row('baseline: the worker’s shortest answer', await roundTrips(page, 'json_schema', '[]'), '');
  row('worker: preview, tokens, check, lint and contract', await roundTrips(page, 'look', JSON.stringify(asked)), '4 ms');
  await lines.click();
  await page.keyboard.press('Control+Home');
  row('from a key to the painted preview', await keys(page), '50 ms, 100 ms');
} finally {
  await browser.close();
  server.stop();
  rmSync(folder, { recursive: true, force: true });
}

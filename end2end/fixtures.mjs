// What every test gets: a page that fails the test on any console error, uncaught exception or failed request.
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect } from '@playwright/test';
import { newTemplate } from './rest.mjs';
import { PASSWORD, ROLES, startFresh } from './server.mjs';

export { expect, PASSWORD };

export const test = base.extend({
  baseURL: async ({}, use) => use(process.env.PROMPTORY_TEST_URL),
  // Texts that a test expects on the console, such as the browser's own words on a 404.
  allowed: [[], { option: true }],
  problems: [
    async ({ page, allowed }, use) => {
      const list = [];
      watch(page, allowed, list);
      await use(list);
      expect(list).toEqual([]);
    },
    { auto: true },
  ],
  // A page of somebody else's browser, watched alike.
  other: async ({ browser, baseURL, allowed, problems }, use) => {
    const context = await browser.newContext({ baseURL });
    const page = await context.newPage();
    watch(page, allowed, problems);
    await use(page);
    await context.close();
  },
});

function watch(page, allowed, list) {
  const note = (text) => allowed.some((a) => text.includes(a)) || list.push(text);
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && note(`${m.type()}: ${m.text()}`));
  page.on('pageerror', (e) => note(`pageerror: ${e.message}`));
  page.on('requestfailed', (r) => r.failure()?.errorText !== 'net::ERR_ABORTED' && note(`failed: ${r.url()} ${r.failure()?.errorText}`));
}

// Logs in as the form does, without showing it: the form itself has a test of its own.
export async function logIn(page, role = 'super_admin') {
  const form = { email: `${role}@example.com`, password: PASSWORD, next: '/livez' };
  const response = await page.request.post('/login', { form, headers: { 'sec-fetch-site': 'same-origin' } });
  expect(response.url()).toContain('/livez');
}

// Logs in through the form.
export async function fillLogIn(page, email, password = PASSWORD) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

// The field behind a message's editor: what the form holds.
export const messageField = (page, number) => page.locator(`textarea[name="form[messages][${number - 1}][content]"]`);

// Puts a text into a message in place of what is there, once its editor is, and the cursor behind it.
export async function writeMessage(page, number, text) {
  const lines = page.locator('.message-field').nth(number - 1).locator('.code-editor .view-lines');
  await expect(lines).toBeVisible();
  await messageField(page, number).evaluate((area, value) => {
    area.value = value;
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }, text);
  await lines.click();
  await page.keyboard.press('Control+End');
  await expect(messageField(page, number)).toHaveValue(text);
}

// A text with its contract, to open the editor with.
export const CONTRACT = {
  template_text: 'You answer for {{ company }}.',
  parameters: [{ name: 'company', type: 'string', required: true, description: 'Whose customers ask', max: 40 }],
};

// Makes a template and opens its editor; resolves with what `newTemplate` does.
export async function openEditor(page, name, more = CONTRACT) {
  const made = await newTemplate(name, more);
  await logIn(page, 'prompt_engineer');
  await page.goto(`/p/default/templates/${made.key}/edit`);
  await hydrated(page);
  return made;
}

// From the editor to the template's page, without loading a document.
export async function leaveEditor(page, key) {
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link').last().click();
  await expect(page).toHaveURL(new RegExp(`/templates/${key}$`));
}

// Puts the cursor on a word of a message's editor.
export async function onWord(page, number, word) {
  const line = page.locator('.message-field').nth(number - 1).locator('.code-editor .view-lines');
  await line.getByText(word, { exact: true }).first().click();
}

// What the preview shows, what completion offers, and what became of the draft.
export const shown = (page) => page.getByRole('region', { name: 'Rendered messages' });
export const suggest = (page) => page.locator('.suggest-widget.visible');
export const keeping = (page) => page.locator('.keeping');
export const kept = (page) => expect(keeping(page)).toContainText('Draft saved');

// Gives a spec file a server of its own, with a person for each role: for what would be in the way of other tests.
export function ownServer() {
  const own = {};
  test.use({ baseURL: async ({}, use) => use(own.url) });
  test.beforeAll(async () => {
    Object.assign(own, await startFresh(ROLES));
  });
  test.afterAll(() => own.stop?.());
  return own;
}

// Waits until the page answers to events: the wasm has taken over.
export async function hydrated(page) {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === 'true');
}

export async function expectAccessible(page) {
  expect(await found(axe(page).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']))).toEqual([]);
}

// All that a theme changes for axe.
export async function expectContrast(page) {
  expect(await found(axe(page).withRules(['color-contrast', 'link-in-text-block']))).toEqual([]);
}

// What is right needs no list, and no page has frames: without both it takes two thirds of the time.
// What a button says is in its name (WCAG 2.5.3): axe asks only when told to.
const axe = (page) => new AxeBuilder({ page }).setLegacyMode(true)
  .options({ resultTypes: ['violations'], rules: { 'label-content-name-mismatch': { enabled: true } } });

async function found(builder) {
  const { violations } = await builder.analyze();
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(', ')}`);
}

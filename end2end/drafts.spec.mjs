// Drafts: kept while one types, in the browser when the server is away; two tabs, two people, a merge; who else is here.
import { test, expect, expectAccessible, hydrated, keeping, kept, leaveEditor, logIn, messageField, writeMessage } from './fixtures.mjs';
import { held } from './held.mjs';
import { newTemplate, unique } from './rest.mjs';

const TEXT = 'Greet the customer.\nAnswer in one sentence.\nSay goodbye.';
const page_of = (key, below = '') => `/p/default/templates/${key}${below}`;

async function start(page, name, role = 'prompt_engineer') {
  const made = await newTemplate(name, { template_text: TEXT });
  await logIn(page, role);
  await open(page, made.key);
  return made;
}

async function open(page, key) {
  await page.goto(page_of(key, '/edit'));
  await hydrated(page);
  await expect(page.locator('.code-editor .view-lines').first()).toBeVisible();
}

const commitMessage = (page) => page.getByLabel('What changed');
const offer = (page) => page.locator('#kept-here');
const entries = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('draft/')).length);

// Somebody else saves a version.
const saveElsewhere = (call, key, template_text) => call('PUT', `/admin/prompts/templates/${key}`, { template_text });

test.describe('with a connection that comes and goes', () => {
  test.use({ allowed: ['net::ERR_INTERNET_DISCONNECTED', 'Failed to load resource', 'net::ERR_FAILED'] });

  test('what is typed stays in the browser, and goes to the server when it is back', async ({ page, context }) => {
    const { key } = await start(page, 'offline');
    await context.setOffline(true);
    await writeMessage(page, 1, 'Typed without a connection.');
    await expect(keeping(page)).toHaveText(/Kept in this browser; trying again/);
    expect(await entries(page)).toBe(1);
    await expectAccessible(page);
    await context.setOffline(false);
    await kept(page);
    expect(await entries(page)).toBe(0);
    await open(page, key);
    await expect(messageField(page, 1)).toHaveValue('Typed without a connection.');
  });

  test('after a reload the browser offers what it kept, to its author only', async ({ page }) => {
    const { key } = await start(page, 'reloaded');
    // The page itself loads, what is typed does not get through.
    await page.route(/save_draft/, (route) => route.abort('internetdisconnected'));
    await writeMessage(page, 1, 'Kept over a reload.');
    await expect(keeping(page)).toHaveText(/Kept in this browser/);
    await page.reload();
    await hydrated(page);
    await expect(messageField(page, 1)).toHaveValue(TEXT);
    await expect(offer(page)).toContainText("the server doesn't have");
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Go on with it' }).click();
    await expect(offer(page)).toContainText('it stays here');
    await page.unroute(/save_draft/);

    await logIn(page, 'content_manager');
    await open(page, key);
    await expect(offer(page)).toHaveCount(0);
    await expect(page.locator('body')).not.toContainText('Kept over a reload.');

    await logIn(page, 'prompt_engineer');
    await open(page, key);
    await page.getByRole('button', { name: 'Go on with it' }).click();
    await expect(messageField(page, 1)).toHaveValue('Kept over a reload.');
    await expect(page.getByText('You have a draft from')).toBeVisible();
    await expect(offer(page)).toHaveCount(0);
    expect(await entries(page)).toBe(0);
  });

  test('a version is saved after the draft that is on its way, even one that fails, and nothing is typed meanwhile', async ({ page }) => {
    const { key, call } = await start(page, 'waited');
    const draft = await held(page, /save_draft/, (route) => route.abort('internetdisconnected'));
    const save = await held(page, /save_editor/);
    await writeMessage(page, 1, 'Version two.');
    await draft.asked;
    await commitMessage(page).fill('Said');
    await commitMessage(page).press('Control+Enter');
    const button = page.locator('.save-buttons [data-intent="save"]');
    await expect(button).toHaveText('Saving…');
    await page.keyboard.type(' and lost');
    draft.release();
    await save.asked;
    await page.keyboard.type(' and lost');
    await expect(commitMessage(page)).toHaveValue('Said');
    await expect(button).toHaveText('Saving…');
    save.release();
    await expect(page.getByText('Version 2 is saved.')).toBeVisible();
    const version = await call('GET', `/admin/prompts/templates/${key}/versions/2`);
    expect([version.messages[0].content, version.commit_message]).toEqual(['Version two.', 'Said']);
    expect(await entries(page)).toBe(0);
  });

  test('an older text of the browser is not put in place of what was kept since', async ({ page }) => {
    const { key } = await start(page, 'older');
    await page.route(/save_draft/, (route) => route.abort('internetdisconnected'));
    await writeMessage(page, 1, 'The older text.');
    await expect(keeping(page)).toHaveText(/Kept in this browser/);
    await page.reload();
    await page.unroute(/save_draft/);
    await hydrated(page);
    await expect(offer(page)).toBeVisible();
    await writeMessage(page, 1, 'The newer text.');
    await kept(page);
    await expect(offer(page)).toHaveCount(0);
    await open(page, key);
    await expect(messageField(page, 1)).toHaveValue('The newer text.');
    await expect(offer(page)).toContainText('Your draft was changed elsewhere since');
  });

  test('somebody else who logs in meanwhile gets nothing of it', async ({ page }) => {
    const { key } = await start(page, 'changed_hands');
    await logIn(page, 'content_manager');
    await writeMessage(page, 1, 'Not for the next one.');
    await expect(keeping(page)).toContainText('somebody else is logged in by now');
    await open(page, key);
    await expect(messageField(page, 1)).toHaveValue(TEXT);
    await expect(offer(page)).toHaveCount(0);
    await logIn(page, 'prompt_engineer');
    await open(page, key);
    await page.getByRole('button', { name: 'Throw it away' }).click();
    await expect(offer(page)).toHaveCount(0);
    expect(await entries(page)).toBe(0);
  });
});

test('what was typed a moment before another page is opened is not lost', async ({ page }) => {
  const { key } = await start(page, 'left');
  const answered = page.waitForResponse(/save_draft/);
  await writeMessage(page, 1, 'Typed at the last moment.');
  await leaveEditor(page, key);
  await answered;
  await expect.poll(() => entries(page)).toBe(0);
  await page.getByRole('link', { name: 'Edit' }).first().click();
  await expect(messageField(page, 1)).toHaveValue('Typed at the last moment.');
});

test('what is typed while a draft is on its way stays in the browser when the page is left', async ({ page }) => {
  const { key } = await start(page, 'overtaken');
  const [draft, answered] = [await held(page, /save_draft/), page.waitForResponse(/save_draft/)];
  await writeMessage(page, 1, 'On its way.');
  await draft.asked;
  await writeMessage(page, 1, 'Typed after it.');
  await leaveEditor(page, key);
  draft.release();
  await answered;
  await page.getByRole('link', { name: 'Edit' }).first().click();
  await expect(messageField(page, 1)).toHaveValue('On its way.');
  await page.getByRole('button', { name: 'Go on with it' }).click();
  await expect(messageField(page, 1)).toHaveValue('Typed after it.');
});

test('a draft that is thrown away leaves nothing in the fields, and until then all of it is there', async ({ page }) => {
  const { key } = await start(page, 'thrown_away');
  const field = (name) => page.locator(`.editor [name="form[settings][${name}]"]`);
  const typed = { model: 'gpt-4.1', temperature: '0.5', other: '{"top_p": 0.9}' };
  await commitMessage(page).fill('Said before the version is saved');
  for (const [name, text] of Object.entries(typed)) await field(name).fill(text);
  await kept(page);
  expect(await entries(page)).toBe(0);
  await open(page, key);
  await expect(commitMessage(page)).toHaveValue('Said before the version is saved');
  await expect(field('model')).toHaveValue('gpt-4.1');
  // Fields that were typed in since hold on to their text.
  for (const [name, text] of Object.entries(typed)) await field(name).fill(text.replace('0.', '1.'));
  await field('supports_streaming').selectOption('true');
  await writeMessage(page, 1, 'Only in the draft.');
  await kept(page);
  await page.getByText('Discard…').click();
  await page.getByRole('button', { name: 'Discard draft' }).click();
  await expect(messageField(page, 1)).toHaveValue(TEXT);
  await expect(page.getByText('You have a draft')).toHaveCount(0);
  await hydrated(page);
  for (const name of [...Object.keys(typed), 'supports_streaming']) await expect(field(name)).toHaveValue('');
  await expect(commitMessage(page)).toHaveValue('');
  await field('provider').fill('openai');
  await kept(page);
  await open(page, key);
  await expect(field('provider')).toHaveValue('openai');
  await expect(field('model')).toHaveValue('');
});

test('a new template stays in the browser until it is made, also before it has a text', async ({ page }) => {
  await logIn(page, 'prompt_engineer');
  await page.goto('/p/default/templates/new');
  await hydrated(page);
  const [key, description, name] = [page.getByLabel('Key', { exact: true }), page.locator('#field-description'), unique('unmade')];
  await key.fill(name);
  await description.fill('Nothing but a description.');
  await page.waitForResponse(/keep_new_form/);
  // The server shows it once more; from then on only the browser has it.
  for (const expected of [name, '']) {
    await page.reload();
    await hydrated(page);
    await expect(key).toHaveValue(expected);
  }
  await page.getByRole('button', { name: 'Go on with it' }).click();
  await expect(key).toHaveValue(name);
  await expect(description).toHaveValue('Nothing but a description.');
  await page.reload();
  await page.getByRole('button', { name: 'Go on with it' }).click();
  await expect(key).toHaveValue(name);
  await hydrated(page);
  await page.getByLabel('Display name').fill('Made at last');
  await writeMessage(page, 1, 'Hello.');
  await page.getByRole('button', { name: 'Create template' }).click();
  await expect(page).toHaveURL(new RegExp(`/templates/${name}`));
  await expect.poll(() => entries(page)).toBe(0);
});

test('a draft does not come back after its version is saved', async ({ page }) => {
  const { key } = await start(page, 'saved');
  const request = page.waitForRequest(/save_draft/);
  await commitMessage(page).fill('Said once');
  await writeMessage(page, 1, 'Version two.');
  await kept(page);
  const sent = await request;
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  // The same request once more, as a slow network would deliver it.
  const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
  const again = await page.request.post(sent.url(), { headers, data: sent.postData().replace('Version', 'Late') });
  expect(await again.text()).toContain('draft_stale');
  await open(page, key);
  await expect(page.getByText('You have a draft')).toHaveCount(0);
  await expect(commitMessage(page)).toHaveValue('');
  expect(await entries(page)).toBe(0);
});

test('two tabs of one author do not write over each other', async ({ page, context }) => {
  const { key } = await start(page, 'tabs');
  const second = await context.newPage();
  await open(second, key);
  await writeMessage(page, 1, 'In the first tab.');
  await kept(page);
  await writeMessage(second, 1, 'In the second tab.');
  const notice = second.locator('#late-draft');
  await expect(notice).toContainText('Draft not saved. This draft was changed meanwhile');
  await expect(notice.getByRole('button', { name: 'Keep the text of this page' })).toBeVisible();
  await expectAccessible(second);
  await notice.getByRole('link', { name: 'Show the other' }).click();
  await hydrated(second);
  await expect(messageField(second, 1)).toHaveValue('In the first tab.');
  await expect(offer(second)).toContainText('Your draft was changed elsewhere since');
  await second.getByRole('button', { name: 'Go on with it' }).click();
  await expect(messageField(second, 1)).toHaveValue('In the second tab.');
  await writeMessage(page, 1, 'And in the first again.');
  await page.locator('#late-draft').getByRole('button', { name: 'Keep the text of this page' }).click();
  await kept(page);
  await expect(page.locator('#late-draft')).toHaveCount(0);
  await open(second, key);
  await expect(messageField(second, 1)).toHaveValue('And in the first again.');
});

test('a save over a newer version is merged with it', async ({ page }) => {
  const { key, call } = await start(page, 'merged');
  await writeMessage(page, 1, 'Greet the customer kindly.\nAnswer in one sentence.\nSay goodbye.\nWish a good day.');
  await kept(page);
  await saveElsewhere(call, key, 'Greet the customer by name.\nAnswer in one sentence, or two.\nSay goodbye.');
  await page.getByRole('button', { name: 'Save version' }).click();
  const conflict = page.locator('#conflict');
  await expect(conflict).toContainText('Not saved: version 2 was saved while you were writing on version 1.');
  await expect(conflict.getByRole('link', { name: 'Compare 1 and 2' })).toHaveAttribute('href', /from=1&to=2/);
  await expectAccessible(page);
  await conflict.getByRole('button', { name: 'Merge with version 2' }).click();

  await expect(page).toHaveURL(new RegExp(`/templates/${key}/merge$`));
  await hydrated(page);
  await expect(page.getByRole('status').filter({ hasText: '1 conflict is left to decide' })).toBeVisible();
  const question = page.getByRole('group', { name: /Conflict 1 of 1: Message 1, line 1/ });
  await expect(question.locator('.is-base pre')).toContainText('Greet the customer.');
  await expect(question.locator('.is-ours pre')).toContainText('Greet the customer kindly.');
  await expect(question.locator('.is-theirs pre')).toContainText('Greet the customer by name.');
  await expect(question.getByRole('radio')).toHaveCount(4);
  await expect(question.getByRole('radio', { checked: true })).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save version 3' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'choose what to take' })).toBeVisible();
  await hydrated(page);

  // With the keyboard only.
  await question.getByRole('radio').first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(question.getByRole('radio', { name: 'Take theirs' })).toBeChecked();
  const result = page.getByRole('region', { name: /The result/ });
  await expect(page.getByRole('status').filter({ hasText: 'Nothing is left to decide' })).toBeVisible();
  await expect(result).not.toContainText('kindly');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Greet the customer kindly, by name.\nAnswer in one sentence, or two.');
  await expect(result.locator('.diff-unified').first()).toContainText('kindly, by name');
  await expectAccessible(page);
  await page.getByLabel('What changed').fill('Both');
  await page.getByRole('button', { name: 'Save version 3' }).click();
  await expect(page.getByText('Version 3 is saved.')).toBeVisible();
  const versions = await call('GET', `/admin/prompts/templates/${key}/versions/3`);
  expect(versions.parent).toBe(2);
  expect(versions.messages[0].content).toBe('Greet the customer kindly, by name.\nAnswer in one sentence, or two.\nSay goodbye.\nWish a good day.');
});

test('a draft of an older version is merged when it is opened, and finished in the editor', async ({ page }) => {
  const { key, call } = await start(page, 'opened_late');
  await writeMessage(page, 1, `${TEXT}\nWish a good day.`);
  await kept(page);
  await saveElsewhere(call, key, `Be kind.\n${TEXT}`);
  await open(page, key);
  await expect(page.locator('.draft-notice')).toContainText('Version 2 was saved since.');
  await page.getByRole('link', { name: 'Merge with version 2' }).click();
  await expect(page.getByText('Nothing is in conflict')).toBeVisible();
  await page.getByText('Merged without a question').click();
  await expect(page.locator('.merge-auto')).toContainText('Be kind.');
  await page.getByRole('button', { name: 'Finish in the editor' }).click();
  await expect(page).toHaveURL(/\/edit$/);
  await hydrated(page);
  await expect(messageField(page, 1)).toHaveValue(`Be kind.\n${TEXT}\nWish a good day.`);
  await page.getByRole('button', { name: 'Save version' }).click();
  await expect(page.getByText('Version 3 is saved.')).toBeVisible();
  await page.goto(page_of(key, '/merge'));
  await expect(page.getByText('Nothing to merge')).toBeVisible();
});

test('a merge and a late draft can be used on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const { key, call } = await start(page, 'narrow');
  await writeMessage(page, 1, `Mine, and a rather long line that has to be wrapped somewhere.\n${TEXT}`);
  await kept(page);
  await saveElsewhere(call, key, `Theirs.\n${TEXT}`);
  await page.goto(page_of(key, '/merge'));
  await hydrated(page);
  await page.getByRole('radio', { name: 'Take both' }).check();
  await expect(page.getByText('Nothing is left to decide')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save version 3' }).click();
  await expect(page.getByText('Version 3 is saved.')).toBeVisible();
});

test('hostile texts are shown inert in a merge', async ({ page }) => {
  const { key, call } = await start(page, 'hostile_merge');
  const hostile = '</textarea></pre><script>document.title="broken"</script>\u202egnp.exe\u200b';
  await writeMessage(page, 1, `mine ${hostile}`);
  await kept(page);
  await saveElsewhere(call, key, `theirs ${hostile}`);
  await page.goto(page_of(key, '/merge'));
  await hydrated(page);
  await expect(page.locator('.is-theirs pre')).toHaveText(/theirs <\/textarea><\/pre><script>.*⟨U\+202E⟩gnp\.exe⟨U\+200B⟩/);
  await expect(page).not.toHaveTitle(/broken/);
  await page.getByRole('radio', { name: 'Edit' }).check();
  await expect(page.getByLabel('Text for conflict 1')).toHaveValue(`mine ${hostile}`);
});

test('who else is on a template is told while they are', async ({ page, other }) => {
  const { key } = await start(page, 'together');
  await logIn(other, 'content_manager');
  await other.goto(page_of(key));
  await hydrated(other);
  const [mine, theirs] = [page.locator('.presence'), other.locator('.presence')];
  await expect(theirs).toContainText(/prompt_engineer.* is editing/i);
  await expect(mine).toContainText(/content_manager.* is looking/i);
  await expectAccessible(other);
  await other.getByRole('link', { name: 'Edit' }).first().click();
  await expect(mine).toContainText(/content_manager.* is editing/i);
  await other.close();
  await expect(mine.locator('.avatar-mark')).toHaveCount(0);
});

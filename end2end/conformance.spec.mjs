// The templates that render as in Python's Jinja2 natively do so in the browser's engine, too.
import { readdirSync, readFileSync } from 'node:fs';
import { withEngine } from './engine.mjs';
import { expect, test } from './fixtures.mjs';

const FOLDER = new URL('../domain/tests/fixtures/conformance/', import.meta.url);

// A section's text runs to the next title; its last line break is not part of it.
const sections = (text) =>
  `\n${text}`.split('\n--- ').slice(1).map((part) => {
    const end = part.indexOf('\n');
    return [part.slice(0, end), part.slice(end + 1)];
  });

const template = (text) => text.replaceAll('⟦CR⟧', '\r');

function read(file) {
  const all = sections(readFileSync(new URL(file, FOLDER), 'utf8').replace(/\n$/, ''));
  const find = (title) => all.find(([found]) => found === title)?.[1];
  const messages = all.filter(([title]) => title.startsWith('message ')).map(([title, text]) => ({ role: title.slice(8), content: template(text) }));
  const part = ([title, text]) => {
    const key = title.slice('template '.length);
    const content = { messages: [{ role: messages[0].role, content: template(text) }], parameters: [], config: {} };
    return [key, { found: { key, version: 1, content } }];
  };
  const closure = Object.fromEntries(all.filter(([title]) => title.startsWith('template ')).map(part));
  const content = { messages, parameters: JSON.parse(find('parameters') ?? '[]'), config: {} };
  // As text: a script's numbers would lose whether they were written with a point.
  const trial = JSON.stringify({ key: 'own', content, closure }).replace(/}$/, `,"variables":${find('variables') ?? '{}'}}`);
  return { file, trial, expected: find('expect') ?? { error: find('expect error') } };
}

// The kind of an error, as the native tests tell it (domain/tests/conformance).
const kindOf = ({ code, message, errors }) => {
  if (code === 'render_error') return /something that is not there|undefined/.test(message) ? 'undefined' : 'value';
  const said = errors[0]?.message ?? message;
  return said.startsWith('syntax error') ? 'syntax' : said.startsWith('there is no ') ? 'name' : 'value';
};

test('every template renders in the browser as natively', async ({ page }) => {
  const fixtures = readdirSync(FOLDER).filter((file) => file.endsWith('.txt')).map(read);
  expect(fixtures.length).toBeGreaterThan(300);
  await page.goto('/login');
  await withEngine(page);
  const rendered = await page.evaluate(async (trials) => {
    const look = async (asked) => JSON.parse(await window.askEngine('look', asked));
    const previews = await Promise.all(trials.map(async (trial) => {
      // As the page does: the first answer says for which templates a closure is wanted.
      const { references } = await look(trial);
      return (await look(trial.replace(/}$/, `,"references":${JSON.stringify(references)}}`))).seen.preview;
    }));
    return previews.map(({ messages, error }) => (error ? { error } : messages.flatMap(({ pieces }) => pieces.map(({ text }) => text)).join('')));
  }, fixtures.map(({ trial }) => trial));
  const told = rendered.map((found) => (found.error ? { error: kindOf(found.error) } : found));
  const wrong = fixtures.flatMap(({ file, expected }, i) => (JSON.stringify(told[i]) === JSON.stringify(expected) ? [] : [`${file}: ${JSON.stringify(told[i])}`]));
  expect(wrong).toEqual([]);
});

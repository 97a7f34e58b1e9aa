// What the editor knows of the template: completion, documentation, renaming, quick fixes.
import * as monaco from 'monaco-editor/editor';
import { call } from './engine_client.js';
import { folds } from './jinja.js';
import { rangeOf } from './places.js';

const { CompletionItemKind: Kind, CompletionItemInsertTextRule: Rule } = monaco.languages;

// { parameters, templates, blocks, vocabulary }: what the page last said. The vocabulary is a list of words, each with its
// kind, name, signature, what it is about and, for a statement, a snippet.
let facts = {};

// Of each model: its editor, what mends its markers, and whom to tell of what is more than an edit.
export const attached = new Map();

// The last completion that came before what it would have offered.
let early;
const known = (name, model, position) => {
    if (!facts[name]) early = { name, model, position };
    return facts[name] ?? [];
};

// A completion that came too early opens again, unless somebody went on meanwhile.
export const setFacts = (json) => {
    facts = JSON.parse(json);
    if (!early || !facts[early.name]) return;
    const { model, position } = early;
    early = undefined;
    const editor = attached.get(model)?.editor;
    if (editor?.hasTextFocus() && position.equals(editor.getPosition())) editor.trigger('facts', 'editor.action.triggerSuggest', {});
};

// The tag that the cursor is in: its opening, and what is written in it so far.
const tagBefore = (model, position) => {
    const start = { lineNumber: Math.max(1, position.lineNumber - 20), column: 1 };
    const text = model.getValueInRange({
        startLineNumber: start.lineNumber, startColumn: 1, endLineNumber: position.lineNumber, endColumn: position.column,
    });
    const at = Math.max(text.lastIndexOf('{{'), text.lastIndexOf('{%'));
    const inside = at < 0 ? '' : text.slice(at + 2);
    if (at < 0 || /[%}]\}/.test(inside)) return null;
    return { opening: text.slice(at, at + 2), inside: inside.replace(/^[-+]/, '') };
};

const words = (of, kind) =>
    (facts.vocabulary ?? [])
        .filter((word) => word.kind === of)
        .map(({ name, signature, about }) => ({ label: name, kind, detail: signature, documentation: about, insertText: name }));

// A statement brings its whole block, from the tag that was begun to the one that closes it.
const statements = (model, position, opening) => {
    const line = model.getLineContent(position.lineNumber);
    const begun = line.lastIndexOf(opening, position.column - 1);
    const closed = /^\s*%?\}?/.exec(line.slice(position.column - 1))[0].length;
    const range = {
        startLineNumber: position.lineNumber, startColumn: begun + 1, endLineNumber: position.lineNumber, endColumn: position.column + closed,
    };
    const typed = line.slice(begun, position.column - 1).replace(/\w*$/, '');
    const found = (facts.vocabulary ?? []).filter((word) => word.kind === 'statement' && word.snippet);
    return found.map(({ name, signature, about, snippet }) => ({
        label: name, kind: Kind.Keyword, detail: signature, documentation: about, filterText: typed + name, insertText: snippet,
        insertTextRules: Rule.InsertAsSnippet, range,
    }));
};

const parameterDetail = (parameter) => `${parameter.type}${parameter.required ? ', required' : ''}`;

const parameters = () =>
    (facts.parameters ?? []).map((parameter) => ({
        label: parameter.name,
        kind: Kind.Variable,
        detail: parameterDetail(parameter),
        documentation: parameter.description,
        insertText: parameter.name,
        sortText: `0${parameter.name}`,
    }));

// The names that the text itself makes.
const locals = (text) => {
    const names = new Set();
    for (const [, found] of text.matchAll(/\{%[-+]?\s*(?:for|set|with)\s+([\w\s,]+?)\s*(?:=|\bin\b)/g))
        for (const name of found.split(',')) names.add(name.trim());
    return [...names].filter(Boolean).map((name) => ({ label: name, kind: Kind.Variable, detail: 'set in this text', insertText: name }));
};

// The most versions of a template that are offered: whoever wants an older one types its number.
const NEWEST = 20;

// What may stand behind a template's `@`: its labels, and its versions from the newest on.
const targets = (key, model, position) => {
    const template = known('templates', model, position).find((each) => each.key === key);
    if (!template) return [];
    const labels = template.labels.map(({ label, version }) => ({ label, kind: Kind.Constant, detail: `version ${version}`, insertText: label, sortText: `0${label}` }));
    const numbers = Array.from({ length: Math.min(NEWEST, template.latest) }, (_, n) => template.latest - n);
    return [...labels, ...numbers.map((n, order) => ({ label: `${n}`, kind: Kind.Value, detail: n === template.latest ? 'newest version' : 'version', insertText: `${n}`, sortText: `${100 + order}` }))];
};

const offers = (model, position, { opening, inside }) => {
    const at = inside.match(/\b(?:extends|include|import|from)\s+["'](\w+)@[\w-]*$/);
    if (at) return targets(at[1], model, position);
    if (/\b(?:extends|include|import|from)\s+["']\w*$/.test(inside))
        return known('templates', model, position).map(({ key, name }) => ({ label: key, kind: Kind.File, detail: name, insertText: key }));
    if (opening === '{%' && /^\s*\w*$/.test(inside)) return statements(model, position, opening);
    if (/^\s*block\s+\w*$/.test(inside)) return known('blocks', model, position).map((name) => ({ label: name, kind: Kind.Struct, detail: 'block of the parent', insertText: name }));
    if (/\|\s*\w*$/.test(inside)) return words('filter', Kind.Function);
    if (/\bis\s+(?:not\s+)?\w*$/.test(inside)) return words('test', Kind.Operator);
    if (/\bloop\.\w*$/.test(inside)) return words('loop', Kind.Property);
    if (/\.\w*$/.test(inside)) return [];
    return [...parameters(), ...locals(model.getValue()), ...words('function', Kind.Function)];
};

const completion = {
    triggerCharacters: ['{', '%', '|', '.', '"', "'", ' ', '@'],
    provideCompletionItems(model, position) {
        const tag = tagBefore(model, position);
        early = undefined;
        if (!tag) return { suggestions: [] };
        known('vocabulary', model, position);
        const word = model.getWordUntilPosition(position);
        const range = {
            startLineNumber: position.lineNumber, startColumn: word.startColumn, endLineNumber: position.lineNumber, endColumn: word.endColumn,
        };
        return { suggestions: offers(model, position, tag).map((item) => ({ range, ...item })) };
    },
};

// Prose is shown as it is: none of it is markdown of ours.
const plain = (text) => text.replace(/[\\`*_{}[\]()#+\-.!<>|&]/g, '\\$&');

const hover = {
    provideHover(model, position) {
        const word = model.getWordAtPosition(position);
        if (!word || !tagBefore(model, position)) return null;
        const parameter = facts.parameters?.find(({ name }) => name === word.word);
        const entry = facts.vocabulary?.find(({ name }) => name === word.word);
        const lines = parameter
            ? [`**${plain(parameter.name)}** ${plain(parameterDetail(parameter))}`, plain(parameter.description ?? '')]
            : entry && [`**${plain(entry.signature)}**`, plain(entry.about)];
        return lines ? { contents: lines.filter(Boolean).map((value) => ({ value })) } : null;
    },
};

// The template that is named at a place, and what follows its `@`.
const namedAt = (model, position) => {
    const line = model.getLineContent(position.lineNumber);
    const named = [...line.matchAll(/\b(?:extends|include|import|from)\s+(["'])(?<key>[a-z0-9_]+)(?:@(?<target>[\w-]+))?\1/g)];
    return named.find((found) => found.index < position.column && position.column <= found.index + found[0].length + 1)?.groups;
};

// The version that a name leads to; none for the newest, and for a label that isn't known.
const versionOf = ({ key, target }) => {
    if (/^\d+$/.test(target ?? '')) return target;
    const labels = facts.templates?.find((each) => each.key === key)?.labels ?? [];
    return labels.find(({ label }) => label === target)?.version;
};

const definition = {
    provideDefinition(model, position) {
        const named = namedAt(model, position);
        if (!named) return null;
        const version = versionOf(named);
        const query = `tab=content${version ? `&version=${version}` : ''}`;
        const range = { startLineNumber: 1, startColumn: 1, endLineNumber: 1, endColumn: 1 };
        return { uri: monaco.Uri.from({ scheme: 'template', path: named.key, query }), range };
    },
};

const rename = {
    async provideRenameEdits(model, position, to) {
        const from = model.getWordAtPosition(position)?.word;
        if (!facts.parameters?.some(({ name }) => name === from)) return { edits: [], rejectReason: 'Only parameters can be renamed.' };
        const messages = [...attached.keys()].map((each) => ({ role: 'user', content: each.getValue() }));
        const content = { messages, parameters: facts.parameters, config: {} };
        const { error } = JSON.parse(await call('rename', JSON.stringify({ content, from, to })));
        if (error) return { edits: [], rejectReason: error.errors?.[0]?.message ?? error.message };
        const edits = [];
        for (const each of attached.keys()) {
            const found = JSON.parse(await call('references', JSON.stringify({ text: each.getValue(), name: from })));
            for (const { start, end } of found)
                edits.push({ resource: each.uri, versionId: undefined, textEdit: { range: rangeOf(each, start, end), text: to } });
        }
        attached.get(model)?.tell('rename', JSON.stringify({ from, to }));
        return { edits };
    },
};

const touches = (a, b) =>
    a.startLineNumber <= b.endLineNumber && b.startLineNumber <= a.endLineNumber;

const action = (model, fix) => ({
    title: fix.title,
    kind: 'quickfix',
    diagnostics: [fix.marker],
    isPreferred: true,
    ...(fix.declare
        ? { command: { id: 'promptory.declare', title: fix.title, arguments: [model.uri.toString(), fix.declare] } }
        : {
              edit: {
                  edits: fix.edits.map(({ start, end, text }) => ({
                      resource: model.uri, versionId: model.getVersionId(), textEdit: { range: rangeOf(model, start, end), text },
                  })),
              },
          }),
});

const fixes = {
    provideCodeActions(model, range) {
        const all = (attached.get(model)?.fixes ?? []).filter((fix) => touches(fix.marker, range));
        return { actions: all.map((fix) => action(model, fix)), dispose() {} };
    },
};

const folding = { provideFoldingRanges: (model) => folds(model.getValue()) };

export const register = (language) => {
    monaco.languages.registerCompletionItemProvider(language, completion);
    monaco.languages.registerHoverProvider(language, hover);
    monaco.languages.registerDefinitionProvider(language, definition);
    monaco.languages.registerRenameProvider(language, rename);
    monaco.languages.registerCodeActionProvider(language, fixes);
    monaco.languages.registerFoldingRangeProvider(language, folding);
    monaco.editor.registerCommand('promptory.declare', (_, uri, name) => {
        for (const [model, { tell }] of attached) if (model.uri.toString() === uri) tell('declare', JSON.stringify(name));
    });
    monaco.editor.registerEditorOpener({
        openCodeEditor(_, uri) {
            if (uri.scheme !== 'template') return false;
            const templates = location.pathname.split('/').slice(0, 4).join('/');
            window.open(`${templates}/${uri.path.replace(/^\//, '')}?${uri.query}`, '_blank', 'noopener');
            return true;
        },
    });
};

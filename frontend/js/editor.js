// Monaco over a textarea: the textarea stays the form's field, and what anybody writes into either is in both.
import * as monaco from 'monaco-editor/editor';
import { TabFocus } from 'monaco-editor/editor/browser/config/tabFocus';
import 'monaco-editor/features/bracketMatching/register';
import 'monaco-editor/features/clipboard/register';
import 'monaco-editor/features/codeAction/register';
import 'monaco-editor/features/codicon/register';
import 'monaco-editor/features/comment/register';
import 'monaco-editor/features/contextmenu/register';
import 'monaco-editor/features/cursorUndo/register';
import 'monaco-editor/features/find/register';
import 'monaco-editor/features/folding/register';
import 'monaco-editor/features/gotoError/register';
import 'monaco-editor/features/gotoSymbol/register';
import 'monaco-editor/features/hover/register';
import 'monaco-editor/features/lineSelection/register';
import 'monaco-editor/features/linesOperations/register';
import 'monaco-editor/features/multicursor/register';
import 'monaco-editor/features/placeholderText/register';
import 'monaco-editor/features/rename/register';
import 'monaco-editor/features/snippet/register';
import 'monaco-editor/features/toggleTabFocusMode/register';
import 'monaco-editor/features/unicodeHighlighter/register';
import 'monaco-editor/features/wordHighlighter/register';
import 'monaco-editor/features/wordOperations/register';
// These two features' own entries leave out what their keys and lists do.
import 'monaco-editor/editor/contrib/gotoSymbol/browser/goToCommands';
import 'monaco-editor/editor/contrib/suggest/browser/suggestController';
import { attached, register, setFacts } from './assist.js';
import { configuration, grammar } from './jinja.js';
import { wordRange } from './places.js';

export { setFacts };

const LANGUAGE = 'jinja';
const here = (file) => new URL(file, import.meta.url).href;

self.MonacoEnvironment = { getWorker: () => new Worker(here('./editor.worker.js'), { type: 'module', name: 'monaco' }) };

monaco.languages.register({ id: LANGUAGE });
monaco.languages.setLanguageConfiguration(LANGUAGE, configuration);
monaco.languages.setMonarchTokensProvider(LANGUAGE, grammar);
register(LANGUAGE);
// The page's own: save.
monaco.editor.addKeybindingRules([{ keybinding: monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, command: null }]);

// Monaco can't be given a nonce: its style elements get the page's, so that the policy can stay strict.
const nonce = document.querySelector('script[nonce]')?.nonce;
const create = document.createElement;
document.createElement = function (name, options) {
    const element = create.call(this, name, options);
    if (nonce && typeof name === 'string' && name.toLowerCase() === 'style') element.nonce = nonce;
    return element;
};

// esbuild puts Monaco's styles beside this file; they are there before the first editor is.
const styles = new Promise((done, fail) => {
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: here('./editor.css'), onload: done, onerror: fail });
    document.head.append(link);
});
export const ready = () => styles;

// Any way of writing a colour, as the six digits that Monaco wants: the build shortens `#ffffff` to `#fff`.
const canvas = document.createElement('canvas').getContext('2d');
const sixDigits = (color) => {
    canvas.fillStyle = color;
    return canvas.fillStyle;
};

// The page's colours.
const paint = () => {
    const style = getComputedStyle(document.documentElement);
    const color = (name) => sixDigits(style.getPropertyValue(`--color-${name}`).trim());
    const bare = (name) => color(name).replace('#', '');
    const isDark = style.colorScheme.includes('dark') && !style.colorScheme.includes('light');
    monaco.editor.defineTheme('page', {
        base: isDark ? 'vs-dark' : 'vs',
        inherit: true,
        rules: [
            { token: '', foreground: bare('base-content') },
            { token: 'delimiter', foreground: bare('muted') },
            { token: 'operator', foreground: bare('muted') },
            { token: 'comment', foreground: bare('muted'), fontStyle: 'italic' },
            { token: 'keyword', foreground: bare('accent'), fontStyle: 'bold' },
            { token: 'variable', foreground: bare('info') },
            { token: 'type', foreground: bare('warning') },
            { token: 'string', foreground: bare('success') },
            { token: 'number', foreground: bare('success') },
        ],
        colors: {
            'editor.background': color('base-100'),
            'editor.foreground': color('base-content'),
            'editorLineNumber.foreground': color('muted'),
            'editorCursor.foreground': color('base-content'),
            'editorWidget.background': color('base-100'),
            'editorWidget.border': color('base-300'),
            'editorSuggestWidget.selectedBackground': color('base-300'),
            'editorSuggestWidget.selectedForeground': color('base-content'),
            'editorSuggestWidget.highlightForeground': color('accent'),
            'editorSuggestWidget.focusHighlightForeground': color('accent'),
        },
    });
    monaco.editor.setTheme('page');
};
paint();
new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ['data-theme'] });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);

const OPTIONS = {
    accessibilitySupport: 'auto',
    autoClosingBrackets: 'always',
    automaticLayout: true,
    contextmenu: true,
    fixedOverflowWidgets: true,
    folding: true,
    guides: { indentation: false },
    fontSize: 13,
    lineDecorationsWidth: 6,
    lineHeight: 21,
    lineNumbersMinChars: 3,
    minimap: { enabled: false },
    overviewRulerLanes: 0,
    padding: { top: 8, bottom: 8 },
    quickSuggestions: { other: true, strings: true, comments: false },
    renderLineHighlight: 'none',
    scrollBeyondLastLine: false,
    scrollbar: { alwaysConsumeMouseWheel: false },
    suggest: { showWords: false },
    wordBasedSuggestions: 'off',
    wordWrap: 'on',
};

// In a form Tab leads to the next field; Ctrl M gives it back to the text. As an option it could not be given back.
TabFocus.setTabFocusMode(true);

const SEVERITY = { error: monaco.MarkerSeverity.Error, warning: monaco.MarkerSeverity.Warning, hint: monaco.MarkerSeverity.Info };
const LEAST = 84;

// As high as its text, up to most of the window.
const fit = (editor, host) => {
    const height = Math.min(Math.max(editor.getContentHeight(), LEAST), Math.round(innerHeight * 0.7));
    host.style.height = `${height}px`;
    editor.layout();
};

// `tell(what, json)` hears of what is more than a change of this text.
export const attach = (area, label, tell) => {
    const host = document.createElement('div');
    host.className = 'code-editor';
    area.after(host);
    const model = monaco.editor.createModel(area.value, LANGUAGE);
    model.setEOL(monaco.editor.EndOfLineSequence.LF);
    const editor = monaco.editor.create(host, { ...OPTIONS, model, ariaLabel: label });
    // An option of the model, which a new editor sets anew: prose is full of brackets that are none of Jinja2's.
    model.updateOptions({ bracketColorizationOptions: { enabled: false, independentColorPoolPerBracketType: false } });
    const state = { editor, tell, fixes: [] };
    attached.set(model, state);
    area.classList.add('behind-editor');
    area.tabIndex = -1;
    area.setAttribute('aria-hidden', 'true');

    let isOurs = false;
    const changed = model.onDidChangeContent(() => {
        if (isOurs) return;
        area.value = model.getValue();
        area.dispatchEvent(new Event('input', { bubbles: true }));
    });
    const replaced = () => {
        if (area.value === model.getValue()) return;
        isOurs = true;
        model.pushEditOperations([], [{ range: model.getFullModelRange(), text: area.value }], () => null);
        isOurs = false;
    };
    // Links and labels lead to the field; its place is that of the cursor.
    const focused = () => requestAnimationFrame(() => {
        const position = model.getPositionAt(area.selectionStart);
        editor.focus();
        editor.setPosition(position);
        editor.revealPositionInCenterIfOutsideViewport(position);
    });
    area.addEventListener('input', replaced);
    area.addEventListener('focus', focused);
    const sized = editor.onDidContentSizeChange(() => fit(editor, host));
    fit(editor, host);
    // Who was in the field already goes on in its editor.
    if (document.activeElement === area) focused();

    return {
        setLabel: (text) => editor.updateOptions({ ariaLabel: text }),
        setMarkers(json) {
            const list = JSON.parse(json).map((found) => ({ ...found, marker: { ...wordRange(model, found.line ?? 1, found.column), severity: SEVERITY[found.severity], message: found.message, code: found.rule, source: 'Promptory' } }));
            state.fixes = list.flatMap(({ marker, fixes }) => (fixes ?? []).map((fix) => ({ ...fix, marker })));
            monaco.editor.setModelMarkers(model, 'promptory', list.map(({ marker }) => marker));
        },
        dispose() {
            area.removeEventListener('input', replaced);
            area.removeEventListener('focus', focused);
            attached.delete(model);
            for (const each of [changed, sized, editor, model]) each.dispose();
            host.remove();
            area.classList.remove('behind-editor');
            area.removeAttribute('aria-hidden');
            area.tabIndex = 0;
        },
    };
};

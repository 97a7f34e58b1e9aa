// Jinja2 inside prose: only what stands in {{ }}, {% %} and {# #} is code.
export const configuration = {
    comments: { blockComment: ['{#', '#}'] },
    brackets: [['{%', '%}'], ['{{', '}}'], ['(', ')'], ['[', ']'], ['{', '}']],
    // Monaco types over a closing half only where it is one character, and of a pair that opens with one: nobody types the
    // first of the last two pairs.
    autoClosingPairs: [
        { open: '{', close: '}' },
        { open: '{%', close: '%' },
        { open: '{#', close: '#' },
        { open: '(', close: ')' },
        { open: '[', close: ']' },
        { open: '"', close: '"', notIn: ['string'] },
        { open: '\ue000', close: '%' },
        { open: '\ue001', close: '#' },
    ],
};

export const grammar = {
    defaultToken: '',
    tokenPostfix: '.jinja',
    keywords: [
        'and', 'as', 'block', 'break', 'context', 'continue', 'elif', 'else', 'endblock', 'endfilter', 'endfor', 'endif',
        'endmacro', 'endset', 'endwith', 'extends', 'false', 'filter', 'for', 'from', 'if', 'import', 'in', 'include', 'is',
        'macro', 'none', 'not', 'or', 'set', 'true', 'with', 'without', 'False', 'None', 'True',
    ],
    tokenizer: {
        root: [
            [/\{%[-+]?\s*raw\s*[-+]?%\}/, { token: 'delimiter.statement', next: '@raw' }],
            [/\{#/, { token: 'comment', next: '@comment' }],
            [/\{\{[-+]?/, { token: 'delimiter.expression', next: '@expression' }],
            [/\{%[-+]?/, { token: 'delimiter.statement', next: '@statement' }],
            [/[^{]+|\{/, ''],
        ],
        raw: [[/\{%[-+]?\s*endraw\s*[-+]?%\}/, { token: 'delimiter.statement', next: '@pop' }], [/[^{]+|\{/, '']],
        comment: [[/#\}/, { token: 'comment', next: '@pop' }], [/[^#]+|#/, 'comment']],
        expression: [[/[-+]?\}\}/, { token: 'delimiter.expression', next: '@pop' }], { include: '@code' }],
        statement: [[/[-+]?%\}/, { token: 'delimiter.statement', next: '@pop' }], { include: '@code' }],
        code: [
            [/\s+/, 'white'],
            [/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/, 'string'],
            [/\d+(?:\.\d+)?/, 'number'],
            [/(\|)(\s*)([A-Za-z_]\w*)/, ['delimiter', 'white', 'type']],
            [/[A-Za-z_]\w*/, { cases: { '@keywords': 'keyword', '@default': 'variable' } }],
            [/[()[\]{}]/, '@brackets'],
            [/[-+*/%=!<>~.,:|]+/, 'operator'],
        ],
    },
};

const OPENING = /^(for|if|block|with|filter|macro|set)\b/;

// What a statement holds: strings, in which its end may stand, and all else up to there. One that is being typed ends where the
// next begins.
const INSIDE = /(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'%{]|\{(?!%)|%(?!\}))*/y;
const RAW_END = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;

// Where a pattern next matches, and where that ends; none when it doesn't.
const find = (pattern, text, from) => {
    pattern.lastIndex = from;
    const found = pattern.exec(text);
    return found && { start: found.index, end: pattern.lastIndex };
};

// The statements of a text: what each says, and where it starts. What stands in comments and in raw text is none.
function* statements(text) {
    for (let at = 0; ;) {
        const tag = find(/\{[%#]/g, text, at);
        if (!tag) return;
        if (text[tag.start + 1] === '#') {
            const end = text.indexOf('#}', tag.end);
            if (end < 0) return;
            at = end + 2;
            continue;
        }
        const inside = find(INSIDE, text, tag.end);
        if (!text.startsWith('%}', inside.end)) {
            at = inside.end;
            continue;
        }
        const says = text.slice(tag.end, inside.end).replace(/^[-+]?\s*/, '');
        at = inside.end + 2;
        if (/^raw\b/.test(says)) {
            const end = find(RAW_END, text, at);
            if (!end) return;
            at = end.end;
        } else {
            yield { says, start: tag.start };
        }
    }
}

// From the tag that opens a block to the one that closes it.
export const folds = (text) => {
    const ranges = [];
    const open = [];
    let line = 1;
    let at = 0;
    for (const { says, start } of statements(text)) {
        for (; at < start; at++) if (text[at] === '\n') line++;
        if (says.startsWith('end')) {
            const from = open.pop();
            if (from !== undefined && line - 1 > from) ranges.push({ start: from, end: line - 1 });
        } else if (OPENING.test(says) && !(says.startsWith('set') && says.includes('='))) {
            open.push(line);
        }
    }
    return ranges;
};

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

// From the tag that opens a block to the one that closes it.
export const folds = (text) => {
    const ranges = [];
    const open = [];
    let line = 1;
    let at = 0;
    for (const tag of text.matchAll(/\{%[-+]?\s*([^%]*?)[-+]?%\}/g)) {
        for (; at < tag.index; at++) if (text[at] === '\n') line++;
        const word = tag[1];
        if (word.startsWith('end')) {
            const start = open.pop();
            if (start !== undefined && line - 1 > start) ranges.push({ start, end: line - 1 });
        } else if (OPENING.test(word) && !(word.startsWith('set') && word.includes('='))) {
            open.push(line);
        }
    }
    return ranges;
};

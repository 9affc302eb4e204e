// Forged messages, to whoever embeds this page.
for (const type of ['result', 'refused', 'ready', 'progress', 'error']) parent.postMessage({ bedside: 1, id: null, type, record: { forged: true } }, '*');
for (const height of [4321, 1e9, Infinity, '77vh', -5]) parent.postMessage({ bedside: 1, id: null, type: 'resize', height }, '*');
parent.postMessage({ bedside: 1, id: null, type: 'the-end' }, '*');

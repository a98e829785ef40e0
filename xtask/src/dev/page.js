// What `cargo xtask dev` puts into open pages: shows what is new, and says what
// the compiler is doing. No program that is installed serves this.
(() => {
  const label = document.createElement('output');
  Object.assign(label.style, {
    position: 'fixed', insetInlineStart: '8px', insetBlockEnd: '8px', zIndex: 2147483647,
    padding: '2px 10px', borderRadius: '10px', font: '12px/20px monospace',
    color: '#fff', pointerEvents: 'none',
  });

  const say = (text, colour) => {
    label.textContent = text;
    label.style.background = colour;
    if (text) document.body.append(label);
    else label.remove();
  };

  /** Puts new words where the old ones stand alone, in texts and in attributes. */
  const replace = (pairs) => {
    const words = new Map(pairs);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const after = words.get(node.data.trim());
      if (after !== undefined) node.data = after;
    }
    for (const name of ['aria-label', 'placeholder', 'title']) {
      for (const element of document.querySelectorAll(`[${name}]`)) {
        const after = words.get(element.getAttribute(name));
        if (after !== undefined) element.setAttribute(name, after);
      }
    }
  };

  const act = {
    page: (build) => build !== 'BUILD' && location.reload(),
    sheet: (address) => {
      for (const link of document.querySelectorAll('link[rel=stylesheet]')) {
        link.href = `${address}?${Date.now()}`;
      }
    },
    sentences: replace,
    building: () => say('正在编译… / compiling', '#0b3b6f'),
    failed: () => say('编译失败，见终端 / does not compile, see the terminal', '#b42318'),
    done: () => say(''),
  };

  const connect = () => {
    const socket = new WebSocket('ws://127.0.0.1:PORT');
    socket.onmessage = ({ data }) => {
      for (const [what, with_] of Object.entries(JSON.parse(data))) act[what]?.(with_);
    };
    socket.onclose = () => setTimeout(connect, 1000);
  };
  connect();
})();

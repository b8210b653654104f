/** For markdown-it: an indented block of code looks, scrolls and is copied like a fenced one. */
export function indentedCode(md) {
  md.renderer.rules.code_block = (tokens, at, ...rest) => {
    const token = Object.assign(tokens[at], { info: 'sh', tag: 'code' });
    return md.renderer.rules.fence([token], 0, ...rest);
  };
}

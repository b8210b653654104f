// npm run docs: the Markdown of this repository as a site, in dist/docs. The sections are in sections.mjs.
import { defineConfig } from 'vitepress';
import { anchorOf, pageOf, sourceLinks } from './links.mjs';
import { decisions, SECTIONS } from './sections.mjs';

export default defineConfig({
  title: 'nest-event-bus',
  description: 'Typed events for NestJS over an embedded log, Redis Streams or Kafka.',
  lang: 'en-US',
  srcDir: '..',
  srcExclude: ['{apps,examples,libs,test,tools}/**', 'benchmarks/results/**', '.*/**'],
  outDir: '../dist/docs',
  cacheDir: '../.cache/vitepress',
  // Any server of static files can host the site, also below a path.
  base: process.env.DOCS_BASE ?? '/',
  rewrites: pageOf,
  markdown: { anchor: { slugify: anchorOf }, config: (md) => void md.use(sourceLinks) },
  // One chunk of highlighted code is larger than Vite's advice.
  vite: { build: { chunkSizeWarningLimit: 1_000 } },
  themeConfig: {
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'Settings', link: '/settings' },
      { text: 'Changes', link: '/CHANGELOG' },
    ],
    sidebar: [...SECTIONS, { text: 'Decisions', collapsed: true, items: decisions() }],
    outline: [2, 3],
    search: { provider: 'local' },
  },
});

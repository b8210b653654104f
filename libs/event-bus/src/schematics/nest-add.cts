import { addToModule } from './module-file.cjs';
import { writeHandler } from './generate.cjs';
import { createOnce, objectOf, type Project, readProject, type Rule, saveJson, textOf, type Tree } from './project.cjs';
import { consumerMain, consumerModule, namesOf } from './templates.cjs';

/** The packages that the generated code imports, besides this one. */
const NEEDED = { 'class-transformer': '^0.5.1', 'class-validator': '^0.15.1' };

/**
 * `nest add nest-event-bus`: the bus in the application's module, a consumer process with an example handler, and the
 * settings of the Nest CLI that `nest start consumer --topic …` needs. A second call changes nothing.
 */
export function nestAdd(options: { readonly sourceRoot?: string; readonly skipInstall?: boolean }): Rule {
  return (tree, context) => {
    const project = readProject(tree, options.sourceRoot);
    const { folder, entry } = project.consumer;
    const example = namesOf('order-placed');
    addToModule(tree, context, `${project.sourceRoot}/app.module.ts`, {
      list: 'imports',
      item: 'EventBusModule.forRoot()',
      className: 'EventBusModule',
      from: 'nest-event-bus',
    });
    if (!tree.exists(`${folder}/consumer.module.ts`)) {
      writeHandler(tree, project, folder, example);
      createOnce(tree, `${folder}/consumer.module.ts`, consumerModule(example, project.extension));
    }
    createOnce(tree, `${folder}/${entry}.ts`, consumerMain(project.isEsm));
    if (project.isMonorepo) writeTsConfig(tree, project);
    saveJson(tree, 'nest-cli.json', cliWithConsumer(project));
    if (addPackages(tree, project) && options.skipInstall !== true)
      context.addTask({ toConfiguration: () => ({ name: 'node-package', options: { command: 'install' } }) });
    context.logger.info('Start the consumer with: npx nest start consumer --topic order-placed --group example');
  };
}

/** `nest start consumer` needs a project of that name; the plugin hands its options to the consumer. */
function cliWithConsumer({ cli, isMonorepo, sourceRoot }: Project): Record<string, unknown> {
  const compilerOptions = objectOf(cli['compilerOptions']);
  const plugins = Array.isArray(compilerOptions['plugins']) ? (compilerOptions['plugins'] as readonly unknown[]) : [];
  const hasPlugin = plugins.some((plugin) => (textOf(plugin) ?? objectOf(plugin)['name']) === 'nest-event-bus');
  const consumer = isMonorepo
    ? {
        type: 'application',
        root: 'apps/consumer',
        entryFile: 'main',
        sourceRoot: 'apps/consumer/src',
        compilerOptions: { tsConfigPath: 'apps/consumer/tsconfig.app.json' },
      }
    : { type: 'application', root: '', entryFile: 'consumer', sourceRoot };
  return {
    ...cli,
    exec: cli['exec'] ?? 'exec node',
    compilerOptions: { ...compilerOptions, plugins: hasPlugin ? plugins : [...plugins, 'nest-event-bus'] },
    projects: { ...objectOf(cli['projects']), consumer: objectOf(cli['projects'])['consumer'] ?? consumer },
  };
}

/** The compiler options of the application, for the consumer. */
function writeTsConfig(tree: Tree, { sourceRoot }: Project): void {
  const application = sourceRoot.replace(/\/src$/, '');
  const path = `${application}/tsconfig.app.json`;
  const text = tree.exists(path) ? tree.readText(path) : '{ "extends": "../../tsconfig.json" }\n';
  createOnce(tree, 'apps/consumer/tsconfig.app.json', text.replaceAll(application, 'apps/consumer'));
}

/** Returns whether something is to be installed. */
function addPackages(tree: Tree, { packageJson }: Project): boolean {
  const present = { ...objectOf(packageJson['devDependencies']), ...objectOf(packageJson['dependencies']) };
  const core = textOf(present['@nestjs/core']) ?? '^12.0.0';
  const needed = { '@nestjs/microservices': `^${/\d+/.exec(core)?.[0] ?? '12'}.0.0`, ...NEEDED };
  const missing = Object.entries(needed).filter(([name]) => !(name in present));
  if (missing.length === 0) return false;
  const dependencies = { ...objectOf(packageJson['dependencies']), ...Object.fromEntries(missing) };
  const sorted = Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1)));
  saveJson(tree, 'package.json', { ...packageJson, dependencies: sorted });
  return true;
}

import { addToModule } from './module-file.cjs';
import { type Context, createOnce, type Project, readProject, type Rule, type Tree } from './project.cjs';
import { eventFile, handlerFile, handlerTest, type Names, namesOf } from './templates.cjs';

/** What the Nest CLI gives; the rest of its options does not matter here. */
export interface GenerateOptions {
  readonly name?: string;
  readonly path?: string;
  readonly sourceRoot?: string;
  readonly spec?: boolean;
}

/** `nest g -c nest-event-bus event order-placed` */
export function event(options: GenerateOptions): Rule {
  return (tree) => {
    writeEvent(tree, folderOf(readProject(tree, options.sourceRoot), options), nameOf(options));
  };
}

/** `nest g -c nest-event-bus handler order-placed`: with its event and its test, where these do not exist. */
export function handler(options: GenerateOptions): Rule {
  return (tree, context) => {
    const project = readProject(tree, options.sourceRoot);
    writeHandler(tree, project, folderOf(project, options), nameOf(options), options.spec);
    register(tree, context, project, options, nameOf(options));
  };
}

export function writeEvent(tree: Tree, folder: string, names: Names): void {
  createOnce(tree, `${folder}/${names.kebab}/${names.kebab}.event.ts`, eventFile(names));
}

export function writeHandler(tree: Tree, { extension }: Project, folder: string, names: Names, spec = true): void {
  const file = `${folder}/${names.kebab}/${names.kebab}.handler`;
  writeEvent(tree, folder, names);
  createOnce(tree, `${file}.ts`, handlerFile(names, extension));
  if (spec) createOnce(tree, `${file}.spec.ts`, handlerTest(names, extension));
}

function register(tree: Tree, context: Context, project: Project, options: GenerateOptions, names: Names): void {
  const path = `${project.sourceRoot}/consumer.module.ts`;
  const below = options.path === undefined ? '' : `${options.path}/`;
  addToModule(tree, context, path, {
    list: 'controllers',
    item: `${names.pascal}Handler`,
    className: `${names.pascal}Handler`,
    from: `./${below}${names.kebab}/${names.kebab}.handler${project.extension}`,
  });
}

function folderOf({ sourceRoot }: Project, { path }: GenerateOptions): string {
  return path === undefined ? sourceRoot : `${sourceRoot}/${path}`;
}

function nameOf({ name }: GenerateOptions): Names {
  const names = namesOf(name ?? '');
  if (!/^[a-z]/.test(names.kebab))
    throw new Error('Give a name that begins with a letter: nest g -c nest-event-bus handler order-placed');
  return names;
}

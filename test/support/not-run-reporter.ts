import type { Reporter, TestModule } from 'vitest/node';

/** Lists the tests that could not run on this machine at the end of the run, with their requirements. */
export default class NotRunReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => {
        const result = test.result();
        const note = 'note' in result ? result.note : undefined;
        return note === undefined
          ? []
          : [
              `  ${module.relativeModuleId}: ${test.parent.type === 'suite' ? test.parent.name : test.name}\n    ${note}`,
            ];
      }),
    );
    const lines = skipped.flat();
    if (lines.length > 0)
      console.log(`\nNot run here (EVENT_BUS_TEST_REQUIRE=all makes these fail):\n${lines.join('\n')}\n`);
  }
}

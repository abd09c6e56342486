import { defineConfig } from 'vitest/config';

// Two projects, so that what needs minutes has a name of its own; `npm test` runs both.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/slow/**', '**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      { test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 600_000, hookTimeout: 600_000 } },
    ],
  },
});

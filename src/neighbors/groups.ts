/** The artist filter: what groups are, and how they are held as numbers. */

import { ParameterError } from '../errors.ts';
import type { Matrix } from '../matrix.ts';
import { describe } from '../options.ts';

/** What names a group: an artist's name, or a number. */
export type Group = string | number;

/** Refuses groups that are no names or numbers, or another number of them than `n`. */
export function checkGroups(where: string, groups: readonly Group[] | undefined, n: number, unit: string): void {
  if (groups === undefined) return;
  if (!Array.isArray(groups)) {
    throw new ParameterError(
      `${where}: groups must be an array of names or numbers, got ${describe(groups)}`,
      'groups',
    );
  }
  if (groups.length !== n) {
    throw new ParameterError(`${where}: groups must name one group per ${unit} = ${n}, got ${groups.length}`, 'groups');
  }
  const bad = groups.findIndex((group) => typeof group !== 'string' && !Number.isFinite(group));
  if (bad >= 0) {
    throw new ParameterError(
      `${where}: groups[${bad}] must be a string or a finite number, got ${describe(groups[bad])}`,
      'groups',
    );
  }
}

/** The place of each group among `names`; -1 where it is none of them. */
export function encode(groups: readonly Group[], names: readonly Group[]): Int32Array {
  const places = new Map(names.map((name, i) => [name, i]));
  return Int32Array.from(groups, (group) => places.get(group) ?? -1);
}

/** The group of each query as a place among the fitted ones, or `undefined` for no filter. */
export function queryGroups(
  where: string,
  fitted: {
    readonly rows: number;
    readonly groupNames: readonly Group[] | undefined;
    readonly groups: Int32Array | undefined;
  },
  groups: readonly Group[] | true | undefined,
  X: Matrix | undefined,
): Int32Array | undefined {
  if (groups === undefined) return undefined;
  if (!fitted.groups || !fitted.groupNames) {
    throw new ParameterError(
      `${where}: groups needs the groups of the rows; give them to fit: fit(X, { groups })`,
      'groups',
    );
  }
  if (groups !== true) {
    checkGroups(where, groups, X ? X.rows : fitted.rows, 'query');
    return encode(groups, fitted.groupNames);
  }
  if (X) {
    throw new ParameterError(
      `${where}: groups = true means the rows' own groups; for X give one group per row`,
      'groups',
    );
  }
  return fitted.groups;
}

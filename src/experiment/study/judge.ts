/** Judges cells: learns what a recipe says, measures every target, and keeps what was found. */
import { FRONT_END_VERSION } from '../../frontend.ts';
import { groupsOf, type Song } from '../material.ts';
import { packageVersion } from '../output.ts';
import type { Course } from '../target.ts';
import { type Lesson, lessonsFor, type Material, type Part, type StudyTarget } from './material.ts';
import { measure } from './measure.ts';
import type { CheckedPlan, Measure } from './plan.ts';
import { classifying, comparing, type Recipe } from './recipe.ts';
import { lessonsDigest, Spaces } from './spaces.ts';
import { digestOf, type Outcome, type OutcomeStore, STUDY_VERSION } from './store.ts';
import { WindowMaker } from './windows.ts';

/** Songs that are judged, and what names their sound. */
export interface JudgedSong extends Pick<Song, 'labels' | 'artist' | 'frames'> {
  readonly hash: string;
}

/** The songs of a target, as they are or altered. */
export type SongsOf = (target: StudyTarget) => Promise<readonly JudgedSong[]>;

/** What is judged: which songs of each target, and by what. */
export interface Task {
  readonly recipe: Recipe;
  readonly seed: number;
  /** Where the songs are from, e.g. `"A"` or `"A mp3"`: the same name, the same songs within a run. */
  readonly place: string;
  readonly songs: SongsOf;
  /** What names the songs of each target beyond this run. */
  readonly identity: unknown;
  readonly what: readonly Measure[];
}

/** The tracks of each target's part, as the digest of results sees them. */
export const identityOf = (material: Material, part: Part): unknown =>
  material.targets.map(({ name, parts }) => [
    name,
    (parts.get(part) as readonly Song[]).map(({ hash, labels, artist }) => [hash, labels[0], artist ?? null]),
  ]);

/** How tracks are compared by one outcome, and how they are classified by another. */
function merged(compared: Outcome, classified: Outcome): Outcome {
  const targets = compared.targets.map((target, t) => {
    const { k, precisions, hubness } = target.measures;
    const { foldAccuracies, correct, fewShot } = classified.targets[t].measures;
    return { ...target, measures: { k, precisions, hubness, foldAccuracies, correct, fewShot } };
  });
  return { warnings: [...compared.warnings, ...classified.warnings], targets };
}

/** Judges cells of one plan. */
export class Judge {
  readonly #plan: CheckedPlan;
  readonly #material: Material;
  readonly #store: OutcomeStore;
  readonly #course: Course;
  readonly #spaces: Spaces;
  readonly #windows: WindowMaker;

  constructor(plan: CheckedPlan, material: Material, store: OutcomeStore, course: Course) {
    this.#plan = plan;
    this.#material = material;
    this.#store = store;
    this.#course = course;
    this.#spaces = new Spaces();
    this.#windows = new WindowMaker(course);
  }

  /**
   * The outcome of a task: from the store, or computed and stored. A recipe that compares tracks in its own way classifies them as
   * others do, and the other way round: each half is then taken from the recipe that it belongs to.
   */
  async judge(task: Task): Promise<Outcome> {
    const { recipe, what } = task;
    const [compared, classified] = [comparing(recipe), classifying(recipe)].map((half) => digestOf(half));
    if (compared === classified) return this.#outcome(task);
    const own = digestOf(recipe);
    const precision = what.filter((name) => name === 'precision');
    const others = what.filter((name) => name !== 'precision');
    const first = await this.#outcome(
      compared === own ? { ...task, what: precision } : { ...task, recipe: comparing(recipe) },
    );
    if (others.length === 0) return first;
    const second = await this.#outcome(
      classified === own ? { ...task, what: others } : { ...task, recipe: classifying(recipe) },
    );
    return merged(first, second);
  }

  async #outcome(task: Task): Promise<Outcome> {
    const digest = this.#digest(task);
    const outcome = (await this.#store.get(digest)) ?? (await this.#compute(task, digest));
    for (const warning of outcome.warnings) this.#course.warn(warning);
    return outcome;
  }

  async #compute(task: Task, digest: string): Promise<Outcome> {
    const warnings: string[] = [];
    const warn = (message: string) => void (warnings.includes(message) || warnings.push(message));
    const course = { ...this.#course, seed: task.seed, warn };
    const targets: Outcome['targets'] = [];
    for (const target of this.#material.targets) targets.push(await this.#judgeTarget(target, task, course));
    const outcome = { warnings, targets };
    await this.#store.put(digest, outcome);
    return outcome;
  }

  #lessons(recipe: Recipe, target: StudyTarget): Lesson[] {
    return recipe.model === 'none' ? [] : lessonsFor(recipe.sources, target, this.#material);
  }

  #digest({ recipe, seed, identity, what }: Task): string {
    const { seconds, measure: settings } = this.#plan;
    const lessons = this.#material.targets.map((target) => lessonsDigest(this.#lessons(recipe, target)));
    const versions = [packageVersion(), STUDY_VERSION, FRONT_END_VERSION];
    const { what: _, ...numbers } = settings;
    return digestOf([versions, recipe, seed, seconds, numbers, [...what].sort(), identity, lessons]);
  }

  async #judgeTarget(target: StudyTarget, task: Task, course: Course): Promise<Outcome['targets'][number]> {
    const { recipe, seed, place } = task;
    const space = await this.#spaces.learn(recipe, seed, this.#lessons(recipe, target), course);
    const songs = await task.songs(target);
    const windows = await this.#windows.make(`${target.name} ${place}`, songs, space, recipe);
    const judged = { name: target.name, labels: songs.map(({ labels }) => labels[0]), groups: groupsOf(songs) };
    const measures = await measure(judged, windows, recipe, this.#plan.measure, [...task.what], course);
    return { name: target.name, batches: space.batches, measures };
  }
}

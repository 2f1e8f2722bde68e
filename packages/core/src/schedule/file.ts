/** A file that somebody applies, installs or reads. */
export interface ScheduleFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

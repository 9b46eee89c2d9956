/** Written by build/locales.ts from web/locales. */
declare module "virtual:locales" {
  export const keys: readonly string[];
  export const texts: Readonly<Record<string, string>>;
}

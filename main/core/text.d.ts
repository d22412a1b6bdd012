/** Guest scripts are bundled as text, so that the built CLI is one file. */
declare module '*.sh' {
  const text: string;
  export default text;
}

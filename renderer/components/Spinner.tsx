/** Silent for screen readers: the busy element has aria-busy or a status text. */
export const Spinner = () => <span className="spinner" aria-hidden="true" />;

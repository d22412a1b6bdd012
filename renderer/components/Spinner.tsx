/** Says nothing by itself: whatever is busy carries aria-busy or a status text. */
export const Spinner = () => <span className="spinner" aria-hidden="true" />;

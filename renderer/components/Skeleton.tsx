/** Placeholder while something loads, so that the layout does not jump. @param lines how many lines of text it stands for */
export const Skeleton = ({ lines = 1, height }: { readonly lines?: number; readonly height?: number }) => (
  <div className="skeleton-group" aria-hidden="true">
    {Array.from({ length: lines }, (_, index) => (
      <span key={index} className="skeleton" style={height === undefined ? undefined : { height }} />
    ))}
  </div>
);

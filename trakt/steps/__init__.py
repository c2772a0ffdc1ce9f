"""Ready-made steps, used from a pipeline file as `uses: trakt.steps.quality_gate`.

    steps/
      quality_gate  required columns, unique keys, row counts and null ratios: warn, or fail the run
      join          left and right side by key, without losing a row or a type in silence
      dedupe        one row per key
      rename        columns by name
      select        some columns, in the order asked for
      cast          columns to declared types
      filter        the rows for which an expression is true

      policy        a mapping from the pipeline file -> a policy value, all faults at once
      chunks        one piece of chunk-wise work, run in either mode
      columns       columns that are not there, with the nearest that are
      events        what a step notes about the data
      keys          when two keys are equal, for every step that compares them
      seen_keys     the keys met so far, on disk
      shared_keys   keys that stand in several parts of the rows

      quality_policy, quality_tally         what a gate demands, and what it counts
      quality_violations, quality_apart     where the two differ, and a gate over parts of the rows
      dedupe_policy, winners                which row of a key stays, and how it is found
      dedupe_apart, rivals                  the same over parts of the rows
      join_policy, partners, join_shape     how to join, which rows meet, which columns come of it
      right_side, join_tally, join_apart    all right rows, what came of left ones, and a join over parts of these
      expression                            a filter's expression, looked at without data

Each step is written once, as work on a stream of chunks; batch mode is that stream, collected.
So the chunk size cannot change an answer. Rows that stay keep their index. Rows in messages are
counted from 1, the first row after the header, over the whole input. No step changes the frames
it is given.
"""

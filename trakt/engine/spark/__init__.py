"""The same path on Apache Spark: files are read, and steps called, in its executors; rows come back to be written.

    spark/
      run         the path: parts of each input, what their steps make, what the record learns of it
      executors   a Spark session, and work that it does part by part
      arrival     work on its way there, which looks first whether the same versions stand there
      files       inputs whose types are decided by executors, and where large files are cut
      task        what an executor does with one part: it reads it, and runs the steps over it
      shipment    what it needs for that: the request, and the code of the steps
      facts       what it tells beside the rows (tell: added up)

A part is one file of an input, or a stretch of a large one that holds whole rows. Its rows travel as pandas frames, in
order, and are never given Spark's types: so each step sees what it sees on one machine, and the outputs are the same
bytes, in the same order.
"""

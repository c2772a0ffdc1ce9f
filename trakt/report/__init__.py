"""What runs were like, for people: a flow as a drawing, and manifests as one page.

report/
  drawing         a flow as SVG; layout and layers say where things stand, lettering how wide text is
  report          from places of manifests to a published page
  manifests       where manifests lie, and whether they are whole
  recorded_flow   the flow of a run, by its manifest alone
  runs            what the page says of a run, and of the runs of one client and pipeline
  measures        numbers over time
  charts          plots of them as SVG
  numbers         numbers as people read them; moments: times
  page            the document, made of templates/
"""

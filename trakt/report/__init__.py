"""What runs were like, for people: a flow as a drawing, and manifests as one page.

report/
  drawing    a flow as SVG; layers says where things stand, lettering how wide text is
"""

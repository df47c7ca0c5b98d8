# Takes out of a kernel's log, or of JSON with lines of it, what may name a person or a single
# thing: serial numbers and names of USB devices, keys that the owner has enrolled. (sed -E)
/^\[/s/((Product|Manufacturer|SerialNumber): ).*/\1-/
/^\[/s/(input: ).* as /\1- as /
/^\[/s/(hid-generic [^[]*)\[.*\]/\1[-]/
s/((Product|Manufacturer|SerialNumber): )([^\\"]|\\[^n])*/\1-/g
s/(input: )([^\\"]|\\[^n])* as /\1- as /g
s/(hid-generic ([^[\\"]|\\[^n])*)\[([^]\\"]|\\[^n])*\]/\1[-]/g
s/(Loaded X\.509 cert) '([^'\\]|\\[^n])*'/\1 -/g

# The order of RubyGems' own `Gem::Version`.
STDIN.each_line(chomp: true) do |line|
  one, other = line.split("\t")
  sign = [one, other].all? { |text| Gem::Version.correct?(text) } ? { -1 => "<", 0 => "=", 1 => ">" }[Gem::Version.new(one) <=> Gem::Version.new(other)] : "!"
  puts [one, sign, other].join("\t")
end

# What the clients in Ruby share beside activerecord.rb: the protocol of serve.py.
CLIENTS = 6

# Do the work in several threads at the same time; raise what one of them raised.
def at_once
  threads = Array.new(CLIENTS) do
    Thread.new do
      Thread.current.report_on_exception = false
      yield
    end
  end
  errors = threads.map do |thread|
    thread.join
    nil
  rescue StandardError => e
    e
  end
  raise errors.compact.first if errors.any?
end

# The SQLSTATE of an exception, or its class.
def code_of(error)
  cause = error
  cause = cause.cause until cause.nil? || cause.is_a?(PG::Error)
  cause&.result ? cause.result.error_field(PG::PG_DIAG_SQLSTATE) : error.class.name
end

# Say who answers, then answer until stdin ends.
def serve(name, version, scenarios)
  $stdout.sync = true
  puts "#{name} #{version}"
  $stdin.each_line(chomp: true) do |line|
    answer = 'ok'
    begin
      scenario = scenarios[line]
      scenario ? scenario.call : answer = 'none'
    rescue StandardError => e
      answer = "#{code_of(e)} #{e.message}"
    end
    puts answer.gsub(/\s+/, ' ')
  end
end

# Forecasts each series that a line of standard input asks for, and answers with
# the seconds of processor time per call, of this process with all its threads.
# A line is: method, number of calls, horizon, the monthly values.
suppressPackageStartupMessages(library(forecast))
levels <- c(80, 95)
methods <- list(
  ets = function(y, h) forecast(ets(y), h = h, level = levels),
  auto.arima = function(y, h) forecast(auto.arima(y), h = h, level = levels),
  thetaf = function(y, h) thetaf(y, h = h, level = levels)
)
spent <- function() sum(proc.time()[c("user.self", "sys.self", "user.child", "sys.child")])
cat(format(packageVersion("forecast")), "\n")
input <- file("stdin", open = "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  words <- strsplit(line, " ")[[1]]
  method <- methods[[words[1]]]
  calls <- as.integer(words[2])
  h <- as.integer(words[3])
  y <- ts(as.numeric(words[-(1:3)]), frequency = 12)
  began <- spent()
  for (i in seq_len(calls)) f <- method(y, h)
  used <- spent() - began
  stopifnot(length(f$mean) == h, is.finite(f$mean))
  cat(format(used / calls, digits = 9), "\n")
}

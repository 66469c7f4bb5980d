-- wrk.lua - for wrk: reads with a bearer token (PULSE_TOKEN), or signed
-- deliveries from an index of "event signature file" lines (PULSE_POOL), each
-- sent under an id of its own (PULSE_RUN and a number). Ends with one JSON line.

local index, token = os.getenv("PULSE_POOL"), os.getenv("PULSE_TOKEN")
local run = os.getenv("PULSE_RUN") or tostring(os.time())

if index then
	local before, after, sent = {}, {}, 0
	function init()
		for line in io.lines(index) do
			local event, signature, path = line:match("^(%S+) (%S+) (%S+)$")
			local file = io.open(path, "rb")
			local whole = wrk.format("POST", nil, {
				["Content-Type"] = "application/json",
				["X-GitHub-Event"] = event,
				["X-Hub-Signature-256"] = signature,
				["X-GitHub-Delivery"] = "{id}",
			}, file:read("*a"))
			file:close()
			local from, to = whole:find("{id}", 1, true)
			before[#before + 1], after[#after + 1] = whole:sub(1, from - 1), whole:sub(to + 1)
		end
	end
	function request()
		local i = sent % #before + 1
		sent = sent + 1
		return before[i] .. run .. "-" .. sent .. after[i]
	end
elseif token then
	wrk.headers["Authorization"] = "Bearer " .. token
end

function done(summary, latency)
	local e = summary.errors
	local bad = e.status + e.connect + e.read + e.write + e.timeout
	print(string.format('{"requests":%d,"bad":%d,"perSecond":%.1f,"p50":%.3f,"p99":%.3f}', summary.requests, bad,
		summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end

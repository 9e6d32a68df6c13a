# Runs PROGRAM. The mutants "none" and "tree_none" must pass; any other must be found: a failure or a crash.
execute_process(COMMAND ${PROGRAM} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors
                TIMEOUT 60)
string(STRIP "${output}" output)
if(MUTANT MATCHES "^(tree_)?none$")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "the unchanged structure failed: ${result} ${output} ${errors}")
  endif()
elseif(result EQUAL 0)
  message(FATAL_ERROR "the planted bug ${MUTANT} was not found")
endif()
message("${MUTANT}: ${result} ${output}")

; The installer for Windows. `cargo xtask package` calls makensis with
;   VERSION   1.2.3
;   ORIGIN    https://cards.example, whose pages are allowed
;   HOST      cards.example (Firefox names hosts)
;   PROGRAMS  the folder with the three programs
;   USB       which keys ORIGIN's pages may open without asking, in JSON; may be left out
;   ORIGINS   the file that allows ORIGIN, with the server's keys
;   OUT       the installer
;
; The programs go to the user's own folder, which needs no administrator. The
; browsers' policies do need one (nobody else writes below Software\Policies): a run
; with an administrator's rights sets them; any other asks once whether it may, and
; without them the browser asks the person instead. `/S` asks nothing.
; `/POLICIES` sets the policies and nothing else, for such a run of its own.

Target amd64-unicode
Unicode true
SetCompressor /SOLID lzma
SetCompressorDictSize 16
RequestExecutionLevel user
ManifestDPIAware true
ManifestSupportedOS all

!include LogicLib.nsh
!include FileFunc.nsh

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\card-bridge"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"
; Which entries of the policies are ours: under this key, one value each.
!define NOTES_KEY "Software\card-bridge\Policies"
!define CHROME_KEY "Software\Policies\Google\Chrome"
!define EDGE_KEY "Software\Policies\Microsoft\Edge"
!define FIREFOX_KEY "Software\Policies\Mozilla\Firefox"
; Longer than the bridge takes to let go of its cards.
!define FAREWELL_STEPS 100

Name "IC卡读卡程序"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\card-bridge"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
BrandingText "card-bridge ${VERSION} · ${ORIGIN}"
ShowInstDetails nevershow
ShowUninstDetails nevershow
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "card-bridge"
VIAddVersionKey "FileDescription" "IC card bridge for ${ORIGIN}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "MIT OR Apache-2.0"

LoadLanguageFile "${NSISDIR}\Contrib\Language files\SimpChinese.nlf"
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

; --- the programs end before their files are touched ------------------------

; Closes the keeper's window, which ends the bridge, and waits until the file of the
; program can be written, which it can't while it runs.
!macro EndPrograms un
Function ${un}EndPrograms
  FindWindow $0 "CardBridgeSession"
  ${If} $0 != 0
    SendMessage $0 16 0 0 /TIMEOUT=5000 ; WM_CLOSE
  ${EndIf}
  StrCpy $1 0
  ${Do}
    ${IfNot} ${FileExists} "$INSTDIR\card-bridge.exe"
      ${Break}
    ${EndIf}
    ClearErrors
    FileOpen $0 "$INSTDIR\card-bridge.exe" a
    ${IfNot} ${Errors}
      FileClose $0
      ClearErrors
      FileOpen $0 "$INSTDIR\card-bridge-session.exe" a
      ${IfNot} ${Errors}
        FileClose $0
        ${Break}
      ${EndIf}
    ${EndIf}
    IntOp $1 $1 + 1
    ${If} $1 > ${FAREWELL_STEPS}
      SetErrors
      Return
    ${EndIf}
    Sleep 100
  ${Loop}
  ClearErrors
FunctionEnd
!macroend
!insertmacro EndPrograms ""
!insertmacro EndPrograms "un."

; --- the browsers' policies ---------------------------------------------------

; One entry of a policy that is a list: numbered values of a key. What is there
; already, by whomever, stays and is not ours.
; In: $R0 the key, $R1 the entry. Uses $0 to $4.
Function AddEntry
  StrCpy $0 0
  ${Do}
    ClearErrors
    EnumRegValue $1 HKLM "$R0" $0
    ${If} ${Errors}
    ${OrIf} $1 == ""
      ${Break}
    ${EndIf}
    ReadRegStr $2 HKLM "$R0" $1
    ${If} $2 == $R1
      Return
    ${EndIf}
    IntOp $0 $0 + 1
  ${Loop}
  ; The first number that nobody has taken.
  StrCpy $3 1
  ${Do}
    ClearErrors
    ReadRegStr $4 HKLM "$R0" $3
    ${If} ${Errors}
      ${Break}
    ${EndIf}
    IntOp $3 $3 + 1
  ${Loop}
  ClearErrors
  WriteRegStr HKLM "$R0" $3 $R1
  ${IfNot} ${Errors}
    ; Values' names may hold backslashes; the key itself goes before them.
    WriteRegStr HKLM "${NOTES_KEY}" "$R0|$3" $R1
  ${EndIf}
FunctionEnd

!ifdef USB
; A policy that is one value. One that is there already, by whomever, stays: it holds what
; others need, and is not ours.
; In: $R0 the key, $R1 the text, $R2 the policy. Uses $0.
Function AddValue
  ClearErrors
  ReadRegStr $0 HKLM "$R0" $R2
  ${IfNot} ${Errors}
    Return
  ${EndIf}
  ClearErrors
  WriteRegStr HKLM "$R0" $R2 $R1
  ${IfNot} ${Errors}
    WriteRegStr HKLM "${NOTES_KEY}" "$R0|$R2" $R1
  ${EndIf}
FunctionEnd

!macro Value KEY POLICY TEXT
  StrCpy $R0 "${KEY}"
  StrCpy $R1 '${TEXT}'
  StrCpy $R2 "${POLICY}"
  Call AddValue
!macroend
!endif

!macro Entry KEY TEXT
  StrCpy $R0 "${KEY}"
  StrCpy $R1 "${TEXT}"
  Call AddEntry
!macroend

; Which policy each browser has for pages that reach this machine: Chrome and Edge
; since 139/140, and since 146 one of its own for the loopback interface, which goes
; first; Firefox since 151, by the page's host.
Function SetPolicies
  !insertmacro Entry "${CHROME_KEY}\LoopbackNetworkAllowedForUrls" "${ORIGIN}"
  !insertmacro Entry "${CHROME_KEY}\LocalNetworkAccessAllowedForUrls" "${ORIGIN}"
  !insertmacro Entry "${EDGE_KEY}\LoopbackNetworkAllowedForUrls" "${ORIGIN}"
  !insertmacro Entry "${EDGE_KEY}\LocalNetworkAccessAllowedForUrls" "${ORIGIN}"
  !insertmacro Entry "${FIREFOX_KEY}\LocalNetworkAccess\SkipDomains" "${HOST}"
  !ifdef USB
    !insertmacro Value "${CHROME_KEY}" "WebUsbAllowDevicesForUrls" '${USB}'
    !insertmacro Value "${EDGE_KEY}" "WebUsbAllowDevicesForUrls" '${USB}'
  !endif
  WriteRegStr HKLM "${NOTES_KEY}" "" "${ORIGIN}"
FunctionEnd

; Takes our entries away, each only if it still says what we wrote, and the keys
; that are empty then.
Function un.ClearPolicies
  ${Do}
    ClearErrors
    ; The list gets shorter with each round. The first one is the nameless note
    ; of the origin, or the last value that is left.
    EnumRegValue $0 HKLM "${NOTES_KEY}" 0
    ${If} ${Errors}
      ${Break}
    ${EndIf}
    ${If} $0 != ""
      ReadRegStr $1 HKLM "${NOTES_KEY}" $0
      ; The value's name stands behind the bar.
      StrLen $2 $0
      ${Do}
        IntOp $2 $2 - 1
        StrCpy $3 $0 1 $2
        ${If} $3 == "|"
        ${OrIf} $2 < 1
          ${Break}
        ${EndIf}
      ${Loop}
      StrCpy $4 $0 $2
      IntOp $2 $2 + 1
      StrCpy $5 $0 "" $2
      ReadRegStr $6 HKLM $4 $5
      ${If} $6 == $1
        DeleteRegValue HKLM $4 $5
      ${EndIf}
      DeleteRegKey /ifempty HKLM $4
    ${EndIf}
    ClearErrors
    DeleteRegValue HKLM "${NOTES_KEY}" $0
    ${If} ${Errors}
      ${Break}
    ${EndIf}
  ${Loop}
  DeleteRegKey HKLM "${NOTES_KEY}"
  DeleteRegKey /ifempty HKLM "Software\card-bridge"
  DeleteRegKey /ifempty HKLM "${FIREFOX_KEY}\LocalNetworkAccess"
  DeleteRegKey /ifempty HKLM "${FIREFOX_KEY}"
  DeleteRegKey /ifempty HKLM "Software\Policies\Mozilla"
  DeleteRegKey /ifempty HKLM "${CHROME_KEY}"
  DeleteRegKey /ifempty HKLM "Software\Policies\Google"
  DeleteRegKey /ifempty HKLM "${EDGE_KEY}"
FunctionEnd

; $R9 is 1 in a run that is there for the policies alone.
!macro OnlyPolicies un
  StrCpy $R9 0
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/POLICIES" $1
  ${IfNot} ${Errors}
    StrCpy $R9 1
  ${EndIf}
  ClearErrors
!macroend

; Whether this run has an administrator's rights in $R8: "Admin" if so.
!macro Rights
  UserInfo::GetAccountType
  Pop $R8
!macroend

Function .onInit
  SetRegView 64
  !insertmacro OnlyPolicies ""
  !insertmacro Rights
  ${If} $R9 == 1
    SetSilent silent
  ${EndIf}
FunctionEnd

Function un.onInit
  SetRegView 64
  !insertmacro OnlyPolicies "un."
  !insertmacro Rights
  ${If} $R9 == 1
    SetSilent silent
  ${EndIf}
FunctionEnd

; --- install --------------------------------------------------------------------

Section
  ${If} $R9 == 1
    Call SetPolicies
    Return
  ${EndIf}
  Call EndPrograms
  ${If} ${Errors}
    SetErrorLevel 2
    Abort "正在使用的读卡程序没有退出，安装没有进行。请注销后再试。"
  ${EndIf}
  SetOutPath "$INSTDIR"
  File "${PROGRAMS}\card-bridge.exe"
  File "${PROGRAMS}\card-bridge-session.exe"
  File "${PROGRAMS}\card-bridge-pinentry.exe"
  File "/oname=origins.toml" "${ORIGINS}"
  ${If} ${Errors}
    SetErrorLevel 2
    Abort "程序文件没有写入，安装没有完成。"
  ${EndIf}
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${RUN_KEY}" "card-bridge" '"$INSTDIR\card-bridge-session.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "IC卡读卡程序 (card-bridge)"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\card-bridge.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "${HOST}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "URLInfoAbout" "${ORIGIN}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" $0
  ${If} $R8 == "Admin"
    Call SetPolicies
  ${ElseIfNot} ${Silent}
    MessageBox MB_YESNO|MB_ICONQUESTION "要让浏览器不再询问是否允许 ${HOST} 使用本机的读卡程序吗？$\n$\n这需要管理员权限。选择“否”时，浏览器会在第一次使用时询问。" IDNO +2
    ExecShell "runas" "$EXEPATH" "/S /POLICIES"
  ${EndIf}
  Exec '"$INSTDIR\card-bridge-session.exe"'
SectionEnd

; --- remove ---------------------------------------------------------------------

Section "Uninstall"
  ${If} $R9 == 1
    Call un.ClearPolicies
    Return
  ${EndIf}
  Call un.EndPrograms
  ${If} ${Errors}
    SetErrorLevel 2
    Abort "正在使用的读卡程序没有退出，卸载没有进行。请注销后再试。"
  ${EndIf}
  DeleteRegValue HKCU "${RUN_KEY}" "card-bridge"
  ; Policies that are there, whoever set them for us.
  ClearErrors
  ReadRegStr $0 HKLM "${NOTES_KEY}" ""
  ${IfNot} ${Errors}
    ${If} $R8 == "Admin"
      Call un.ClearPolicies
    ${ElseIfNot} ${Silent}
      ; This program's own file goes away below, so a copy of it is asked.
      ExecShellWait "runas" "$EXEPATH" "/S /POLICIES _?=$INSTDIR"
    ${EndIf}
  ${EndIf}
  Delete "$INSTDIR\card-bridge.exe"
  Delete "$INSTDIR\card-bridge-session.exe"
  Delete "$INSTDIR\card-bridge-pinentry.exe"
  Delete "$INSTDIR\origins.toml"
  Delete "$INSTDIR\uninstall.exe"
  ; Not recursively: what is not ours stays.
  RMDir "$INSTDIR"
  RMDir "$LOCALAPPDATA\Programs"
  ; What the bridge wrote for its user: settings, which programs ran, its log.
  Delete "$APPDATA\card-bridge\config.toml"
  Delete "$APPDATA\card-bridge\.config.toml.new"
  RMDir "$APPDATA\card-bridge"
  Delete "$LOCALAPPDATA\card-bridge\programs.jsonl"
  Delete "$LOCALAPPDATA\card-bridge\.programs.jsonl.new"
  Delete "$LOCALAPPDATA\card-bridge\programs.lock"
  Delete "$LOCALAPPDATA\card-bridge\bridge.key"
  Delete "$LOCALAPPDATA\card-bridge\card-bridge.log"
  Delete "$LOCALAPPDATA\card-bridge\card-bridge.old.log"
  RMDir "$LOCALAPPDATA\card-bridge"
  DeleteRegKey HKCU "${UNINSTALL_KEY}"
SectionEnd
